"""A sheet of pictures to look at: sketch, reference, result and truth of every triple side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from nurie.imaging.load import open_image
from nurie.imaging.write import save_atomic
from nurie.training.evaluation import RESULT, Scored

__all__ = ["make_sheet", "save_sheet"]

CELL = 256
CAPTION = 18


def make_sheet(scored: Sequence[Scored]) -> Image.Image:
    """One strip per triple (sketch | reference | result | truth), captioned with its figures, up to four a row."""
    across = max(1, min(4, round(math.sqrt(len(scored) / 4))))
    rows = -(-len(scored) // across)
    sheet = Image.new("RGB", (across * 4 * CELL, rows * (CELL + CAPTION)), (128, 128, 128))
    draw = ImageDraw.Draw(sheet)
    for index, one in enumerate(scored):
        left, top = index % across * 4 * CELL, index // across * (CELL + CAPTION)
        caption = one.triple.id
        if RESULT in one.scores:
            found = one.scores[RESULT]
            caption += f"   {found.psnr:.1f} dB   SSIM {found.ssim:.2f}   repaint {100 * found.repaint:.0f} %"
        draw.text((left + 4, top + 3), caption, fill="white")
        pictures = (open_image(one.triple.sketch), open_image(one.triple.reference), one.result)
        for column, picture in enumerate((*pictures, open_image(one.triple.truth))):
            if picture is not None:
                _place(sheet, picture, (left + column * CELL, top + CAPTION))
    return sheet


def save_sheet(scored: Sequence[Scored], path: Path) -> None:
    """Write `make_sheet` to a PNG or WebP file; OutputError when it cannot be written."""
    save_atomic(make_sheet(scored), path)


def _place(sheet: Image.Image, picture: Image.Image, corner: tuple[int, int]) -> None:
    """Paste a picture over white into a cell, as large as it fits, centred."""
    scale = (CELL - 4) / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    at = (corner[0] + (CELL - size[0]) // 2, corner[1] + (CELL - size[1]) // 2)
    sheet.paste("white", (*at, at[0] + size[0], at[1] + size[1]))
    sheet.paste(small, at, small)
