"""Growths as a picture: time above, memory below, a column for each; drawn with Pillow, no plotting library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from nurie.bench.statistics import Growth

__all__ = ["draw"]

_WIDTH, _HEIGHT = 300, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 34, 40
_INK, _GRID, _CURVE = "#222222", "#dddddd", "#b8542f"
_POINT = 4
_FINE = 2
"""Drawn larger and brought down, which smooths the lines."""


def draw(growths: Mapping[str, Mapping[str, Any]], *, busy: bool = False) -> Image.Image:
    """RGB; every panel from 0, so that a straight line is what it looks like: linear.

    On a ``busy`` machine the processor's seconds are shown in place of the clock's.
    """
    time = ("processor_seconds", 1.0, "processor s") if busy else ("seconds", 1.0, "seconds")
    columns = max(1, len(growths))
    page = Image.new("RGB", (columns * _WIDTH * _FINE, 2 * _HEIGHT * _FINE), "white")
    for column, found in enumerate(growths.values()):
        for line, (key, scale, unit) in enumerate((time, ("peak_bytes", 1e-6, "peak MB"))):
            if key not in found:
                continue
            fit = Growth(**found[f"{key}_fit"])
            panel = _panel(found["x"], [y * scale for y in found[key]], fit, scale, found["unit"], unit)
            page.paste(panel, (column * _WIDTH * _FINE, line * _HEIGHT * _FINE))
    return page.resize((columns * _WIDTH, 2 * _HEIGHT), Image.Resampling.LANCZOS)


def _panel(
    xs: Sequence[float], ys: Sequence[float], fit: Growth, scale: float, x_unit: str, y_unit: str
) -> Image.Image:
    image = Image.new("RGB", (_WIDTH * _FINE, _HEIGHT * _FINE), "white")
    canvas = ImageDraw.Draw(image)
    font, small = (ImageFont.load_default(size * _FINE) for size in (12, 11))
    right, top = 1.05 * max(xs), 1.15 * max(ys)

    def place(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + x / right * (_WIDTH - _LEFT - _RIGHT)
        down = _HEIGHT - _BOTTOM - y / top * (_HEIGHT - _TOP - _BOTTOM)
        return across * _FINE, down * _FINE

    for tick in _ticks(top):
        canvas.line([place(0, tick), place(right, tick)], fill=_GRID, width=_FINE)
        canvas.text((_LEFT * _FINE - 6 * _FINE, place(0, tick)[1]), f"{tick:g}", _INK, small, anchor="rm")
    for tick in _ticks(right):
        canvas.text((place(tick, 0)[0], place(0, 0)[1] + 4 * _FINE), f"{tick:g}", _INK, small, anchor="mt")
    canvas.line([place(0, top), place(0, 0), place(right, 0)], fill=_INK, width=_FINE)
    ends = min(xs), max(xs)
    curve = [ends[0] + (ends[1] - ends[0]) * number / 60 for number in range(61)]
    canvas.line([place(x, fit(x) * scale) for x in curve], fill=_CURVE, width=2 * _FINE)
    for x, y in zip(xs, ys, strict=True):
        across, down = place(x, y)
        canvas.ellipse(
            [across - _POINT * _FINE, down - _POINT * _FINE, across + _POINT * _FINE, down + _POINT * _FINE], _INK
        )
    canvas.text((_LEFT * _FINE, 10 * _FINE), f"{y_unit}: {fit}", _INK, font)
    canvas.text(((_LEFT + _WIDTH - _RIGHT) / 2 * _FINE, (_HEIGHT - 16) * _FINE), x_unit, _INK, font, anchor="mt")
    return image


def _ticks(end: float) -> list[float]:
    """Three to six round numbers from 0 to ``end``."""
    step = 10.0**-6
    while end / step > 6:
        step *= 2.5 if f"{step:e}".startswith("2") else 2
    return [number * step for number in range(int(end / step) + 1)]
