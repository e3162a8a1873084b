"""Pictures for the cases, as PNG: Krita's Qt need not be able to read WebP."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image, ImageOps

from e2e.kritas import REPOSITORY

__all__ = ["write_pictures"]

_SAMPLE = REPOSITORY / "resources" / "samples" / "princess"


def write_pictures(folder: Path) -> None:
    """reference.png, coloured; scan.png, black lines on white; lines.png, black lines on nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(_SAMPLE / "reference.webp") as reference, Image.open(_SAMPLE / "sketch.webp") as sketch:
        scan = ImageOps.grayscale(sketch)
        lines = Image.new("LA", scan.size)
        lines.putalpha(ImageOps.invert(scan))
        for name, image in (("reference", reference.convert("RGB")), ("scan", scan), ("lines", lines)):
            part = folder / f".{name}.{os.getpid()}.tmp"
            image.save(part, "PNG")
            part.replace(folder / f"{name}.png")
