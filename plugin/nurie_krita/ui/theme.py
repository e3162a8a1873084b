# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours of the panel, all derived from the palette of the program around it, so every theme fits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nurie_krita.qt import QtGui

__all__ = ["READABLE", "Theme", "contrast", "mix", "readable", "theme"]

READABLE = 4.5
"""Contrast of small text to its ground, WCAG 2.1 level AA."""

_Role = QtGui.QPalette.ColorRole
_ROLES = (_Role.Window, _Role.WindowText, _Role.Base, _Role.Button, _Role.Highlight, _Role.HighlightedText)


@dataclass(frozen=True)
class Theme:
    """The few colours that the panel paints with.

    dim: secondary text. faint: hints that are no text, such as an empty frame. line: hairlines. raised: a quiet
    surface above the window. accent: what is chosen; on_accent: text on it; ring: a line in the
    accent's hue that stands out from the window.
    """

    dark: bool
    window: QtGui.QColor
    base: QtGui.QColor
    raised: QtGui.QColor
    text: QtGui.QColor
    dim: QtGui.QColor
    faint: QtGui.QColor
    line: QtGui.QColor
    accent: QtGui.QColor
    on_accent: QtGui.QColor
    ring: QtGui.QColor
    positive: QtGui.QColor
    warning: QtGui.QColor
    negative: QtGui.QColor


def mix(first: QtGui.QColor, second: QtGui.QColor, share: float) -> QtGui.QColor:
    """The colour between two opaque ones; share 0 is the first, 1 the second."""
    pairs = zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)
    return QtGui.QColor(*(round((a or 0) + ((b or 0) - (a or 0)) * share) for a, b in pairs))


def _luminance(color: QtGui.QColor) -> float:
    """Relative luminance of an sRGB colour, 0 to 1 (WCAG 2.1)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in map(float, color.getRgbF()[:3])]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: QtGui.QColor, second: QtGui.QColor) -> float:
    """Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.1)."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def readable(color: QtGui.QColor, ground: QtGui.QColor, least: float = READABLE) -> QtGui.QColor:
    """The colour itself, or the nearest on its way to black or white that stands out from its ground."""
    black, white = QtGui.QColor(0, 0, 0), QtGui.QColor(255, 255, 255)
    far = max((black, white), key=lambda end: contrast(end, ground))
    for step in range(21):
        candidate = mix(color, far, step / 20)
        if contrast(candidate, ground) >= least:
            return candidate
    return far


def theme(palette: QtGui.QPalette) -> Theme:
    """The colours for a palette."""
    return _theme(*(palette.color(QtGui.QPalette.ColorGroup.Active, role).rgb() for role in _ROLES))


@lru_cache(maxsize=8)
def _theme(*values: int) -> Theme:
    window, text, base, button, highlight, highlighted_text = (QtGui.QColor.fromRgb(value) for value in values)
    dark = _luminance(window) < _luminance(text)
    text = readable(text, window)
    on_accent = readable(highlighted_text, highlight, 2.0)
    return Theme(
        dark=dark,
        window=window,
        base=base,
        raised=mix(button, text, 0.10) if dark else mix(button, QtGui.QColor(255, 255, 255), 0.35),
        text=text,
        dim=readable(mix(text, window, 0.35), window),
        faint=mix(text, window, 0.60),
        line=mix(text, window, 0.80),
        accent=readable(highlight, on_accent),
        on_accent=on_accent,
        ring=readable(highlight, window, 3.0),
        positive=readable(QtGui.QColor("#7fb77f" if dark else "#2e7d32"), window),
        warning=readable(QtGui.QColor("#dcb057" if dark else "#8a5a00"), window),
        negative=readable(QtGui.QColor("#ec8b80" if dark else "#b3261e"), window),
    )
