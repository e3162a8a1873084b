"""A sheet of pictures to look at: sketch, reference, result, colour layer and truth of every triple side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from nurie.imaging.load import open_image
from nurie.imaging.write import save_atomic
from nurie.training.scores import Scored

__all__ = ["make_sheet", "save_sheet"]

CELL = 256
CAPTION = 18


def make_sheet(scored: Sequence[Scored]) -> Image.Image:
    """One strip per triple, captioned with its first result's figures, up to four a row.

    A strip: sketch | reference | the first run's result | its colour layer, where there is one | truth.
    """
    columns = _columns(scored[0])
    cells = 4 + ("colour" in columns)
    across = max(1, min(4, round(math.sqrt(len(scored) / cells))))
    rows = -(-len(scored) // across)
    sheet = Image.new("RGB", (across * cells * CELL, rows * (CELL + CAPTION)), (128, 128, 128))
    draw = ImageDraw.Draw(sheet)
    for index, one in enumerate(scored):
        left, top = index % across * cells * CELL, index // across * (CELL + CAPTION)
        draw.text((left + 4, top + 3), _caption(one, columns.get("result")), fill="white")
        made = [one.pictures.get(columns.get(part, "")) for part in ("result", "colour")][: cells - 3]
        pictures = [
            open_image(one.triple.sketch),
            open_image(one.triple.reference),
            *made,
            open_image(one.triple.truth),
        ]
        for column, picture in enumerate(pictures):
            if picture is not None:
                _place(sheet, picture, (left + column * CELL, top + CAPTION))
    return sheet


def save_sheet(scored: Sequence[Scored], path: Path) -> None:
    """Write `make_sheet` to a PNG or WebP file; OutputError when it cannot be written."""
    save_atomic(make_sheet(scored), path)


def _columns(one: Scored) -> dict[str, str]:
    """The names of the first run's result and of its colour layer, as far as there are such."""
    first = next(iter(one.pictures), None)
    if first is None:
        return {}
    return {"result": first} | ({"colour": f"{first} colour"} if f"{first} colour" in one.pictures else {})


def _caption(one: Scored, result: str | None) -> str:
    if result is None:
        return one.triple.id
    found = one.scores[result]
    return f"{one.triple.id}   {found.psnr:.1f} dB   SSIM {found.ssim:.2f}   repaint {100 * found.repaint:.0f} %"


def _place(sheet: Image.Image, picture: Image.Image, corner: tuple[int, int]) -> None:
    """Paste a picture over white into a cell, as large as it fits, centred."""
    scale = (CELL - 4) / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    at = (corner[0] + (CELL - size[0]) // 2, corner[1] + (CELL - size[1]) // 2)
    sheet.paste("white", (*at, at[0] + size[0], at[1] + size[1]))
    sheet.paste(small, at, small)
