"""Contact sheets of training pairs and drawing styles, to see with one's own eyes what the networks are shown."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nurie.imaging.evidence import evidence
from nurie.training import augment
from nurie.training.conditions import true_match, unit
from nurie.training.line_styles import STYLES, restyle
from nurie.training.linework import edges, extract, top_hat, xdog
from nurie.training.pairs import Pair, Pairs

GAP = 4
LABEL = 16
"""Pixels above a column for its name."""
UNKNOWN = 0.0
"""Mid grey, in [-1, 1]: nothing is carried over there."""


def row(pair: Pair) -> NDArray[np.uint8]:
    """Side by side, (S, 4 S + 3 gaps, 3): sketch, reference, the reference moved by the true matches, truth."""
    reference = unit(pair.reference)
    match = true_match(pair)
    moved = np.full_like(reference, UNKNOWN) if match is None else evidence(match, reference).rgb
    pictures = [np.repeat(pair.sketch[..., None], 3, axis=2), pair.reference, _to_bytes(moved), pair.color]
    gap = np.full((len(pair.color), GAP, 3), 128, np.uint8)
    return np.concatenate([part for picture in pictures for part in (gap, picture)][1:], axis=1)


def contact_sheet(pairs: Pairs, first: int, count: int, size: int, columns: int = 2) -> Image.Image:
    """Pairs ``first`` to ``first + count - 1`` on canvases of ``size`` pixels, :func:`row` by row, in ``columns``."""
    rows = [row(pairs.sample(index, size)) for index in range(first, first + count)]
    height, width = rows[0].shape[:2]
    lines = -(-count // columns)
    sheet = np.full((lines * (height + GAP) - GAP, columns * (width + 2 * GAP) - 2 * GAP, 3), 128, np.uint8)
    for number, picture in enumerate(rows):
        top, left = number // columns * (height + GAP), number % columns * (width + 2 * GAP)
        sheet[top : top + height, left : left + width] = picture
    return Image.fromarray(sheet)


def drawings(pairs: Pairs, row: int, size: int, rng: np.random.Generator) -> dict[str, NDArray[np.uint8]]:
    """Picture number ``row`` of the pack (S, S, 3) and its drawings (S, S) by every way that training draws it."""
    shown = pairs.arrays["color"][row]
    box = augment.content_box(pairs.arrays["extracted"][row])
    at = augment.fitted_view(box, size).map(size)
    color = augment.render(shown, at, (255, 255, 255))
    unit_rgb = color.astype(np.float32) / np.float32(255)
    grey = np.asarray(cv2.cvtColor(unit_rgb, cv2.COLOR_RGB2GRAY), np.float32)
    line = augment.render(pairs.arrays["line"][row], at, 255)
    own = bool(pairs.items[row].get("line"))
    solid = pairs.items[row]["solid"] >= 0
    found = {"colours": color}
    found["rendered lines" if solid else "true lines" if own else "no lines: extracted"] = line
    for name, drawn in (("XDoG", xdog(grey)), ("top-hat", top_hat(grey)), ("edges", edges(unit_rgb))):
        found[name] = (drawn * 255).astype(np.uint8)
    found["random extraction"] = (extract(unit_rgb, rng) * 255).astype(np.uint8)
    ink = np.asarray(1 - line / 255, np.float32)
    for name, style in STYLES.items():
        found[name] = (255 * (1 - style(ink, rng))).astype(np.uint8)
    found["all at random"] = restyle(line, rng)
    return found


def style_sheet(pairs: Pairs, count: int, size: int) -> Image.Image:
    """``count`` pictures of each kind, one above the other; beside each its drawings, their names above."""
    rng = np.random.default_rng(pairs.seed)
    rows = [
        int(row)
        for kind in pairs.groups
        if (of_kind := [index for index, item in enumerate(pairs.items) if item["kind"] == kind])
        for row in rng.choice(of_kind, min(count, len(of_kind)), replace=False)
    ]
    drawn = [drawings(pairs, row, size, rng) for row in rows]
    names = list(drawn[0])
    step = size + GAP
    sheet = Image.new("RGB", (len(names) * step - GAP, LABEL + len(rows) * step - GAP), (128, 128, 128))
    for column, name in enumerate(names):
        label = "lines in the pack" if column == 1 else name
        ImageDraw.Draw(sheet).text((column * step + 3, 3), label, fill="white")
        for line, one in enumerate(drawn):
            picture = list(one.values())[column]
            sheet.paste(Image.fromarray(picture).convert("RGB"), (column * step, LABEL + line * step))
            if column == 1:
                ImageDraw.Draw(sheet).text((step + 3, LABEL + line * step + 3), list(one)[1], fill=(200, 0, 0))
    return sheet


def _to_bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray((picture + 1) * 127.5 + 0.5).clip(0, 255).astype(np.uint8)
