"""A result: one coloured drawing, as the public API hands it over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.compose import compose
from nurie.imaging.depth import Levels, to_eight, to_sixteen
from nurie.imaging.lineart import LineArt
from nurie.imaging.painting import Painting

__all__ = ["Pictures", "Result", "pictures_of"]


@dataclass(frozen=True)
class Result:
    """One coloured drawing.

    image: RGB, the sketch's size, the colour with the artist's own lines on top.
    color: RGBA, the sketch's size, the colour alone, transparent where nothing is to be painted.
    image16, color16: the same as uint16 (H, W, 3) and (H, W, 4), where 16 bits a channel were wanted; else None.
    painting: what the picture is made of, for layers and corrections; None without a style.
    timings: seconds by stage: load (the first result of a Colorizer only, 0 later), encode, warp, denoise, imaging,
    total.
    engine, device: what really ran.
    """

    image: Image.Image
    color: Image.Image
    timings: dict[str, float]
    steps: int
    seed: int
    model: str
    engine: str
    device: str
    painting: Painting | None = None
    image16: NDArray[np.uint16] | None = None
    color16: NDArray[np.uint16] | None = None

    @property
    def picture(self) -> Image.Image | NDArray[np.uint16]:
        """`image16`, or `image` where there is none: what is written to a file."""
        return self.image if self.image16 is None else self.image16

    def with_painting(self, painting: Painting) -> Result:
        """This result with its painting corrected and both pictures made anew from it; no model runs."""
        return replace(self, painting=painting, **pictures_of(painting.color(), painting.line_art))


class Pictures(TypedDict):
    """Those of a `Result`."""

    image: Image.Image
    color: Image.Image
    image16: NDArray[np.uint16] | None
    color16: NDArray[np.uint16] | None


def pictures_of(color: Levels, line_art: LineArt) -> Pictures:
    """Both pictures of a colour layer RGBA (H, W, 4), of 8 or 16 bits."""
    image = compose(color, line_art)
    deep = color.dtype == np.uint16
    return {
        "image": Image.fromarray(to_eight(image)),
        "color": Image.fromarray(to_eight(color)),
        "image16": to_sixteen(image) if deep else None,
        "color16": to_sixteen(color) if deep else None,
    }
