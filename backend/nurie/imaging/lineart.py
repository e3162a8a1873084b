"""Line art: from whatever the artist scanned or drew to ink, 0 on paper and 1 on a full line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Box, content_box
from nurie.imaging.figures import drawn_figures
from nurie.imaging.load import Source, describe, open_image
from nurie.imaging.load_deep import deep_pixels
from nurie.imaging.polarity import is_light_on_dark
from nurie.protocol import InputError

__all__ = ["MAX_SIDE", "MIN_SIDE", "LineArt", "read_line_art"]

MIN_SIDE = 32
MAX_SIDE = 8000

_WHITE_PAPER = 247
"""Paper at or above this level is taken as white: no tone is removed and clean line art passes unchanged."""
_VISIBLE = 24
"""Levels (of 255) by which something must differ from the paper to be seen at all."""
_FAINT = 0.75
"""Lines whose darkest parts stay below this are brought up: pencil, light blue pencil, thin scans."""
_TONES = (32, 224)
"""Levels between which a pixel is neither line nor paper."""
_ONE_TONE = 33
"""Levels within which a page, its grain and its folds are one tone."""
_MOST_TONE = 0.6
"""Share of such pixels from which a picture is no line art. Of 259 drawings none has more than .17."""


@dataclass(frozen=True)
class LineArt:
    """A drawing, ready for analysis (`ink`) and for display (`rgb`, `alpha`).

    ink: float32 (H, W), 0 paper .. 1 full ink, paper tone and noise removed, coloured lines at full strength.
    rgb: uint8 (H, W, 3), the drawing as it is, laid over white (over black when it is ``light``).
    alpha: uint8 (H, W) when the drawing has a transparent ground, else None.
    strokes: uint8 (H, W, 3), the artist's own colours where `alpha` > 0; None when `alpha` is None.
    paper: uint8 (H, W, 3), the paper's tone, when it is not white; else None. Of a ``light`` drawing, its negative's.
    light: lines are lighter than their ground, white on black. Where dark lines multiply, these screen.
    deep: uint16 (H, W, 3 or 4), the drawing's own pixels where it came with 16 bits a channel, else None.
    """

    ink: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    strokes: NDArray[np.uint8] | None = None
    paper: NDArray[np.uint8] | None = None
    light: bool = False
    deep: NDArray[np.uint16] | None = None

    @property
    def page(self) -> NDArray[np.uint8]:
        """The drawing as dark lines on light ground: `rgb`, or its negative when it is ``light``."""
        return np.asarray(cv2.bitwise_not(self.rgb), np.uint8) if self.light else self.rgb

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return (self.ink.shape[0], self.ink.shape[1])

    @cached_property
    def box(self) -> Box:
        """Bounding box of the ink, for `canvas.fit`."""
        return content_box(np.asarray(self.ink > 0.3))

    @cached_property
    def figures(self) -> tuple[Box, ...]:
        """Bounding boxes of the page's figures, where there are several; see `figures.drawn_figures`."""
        return drawn_figures(self.ink, self.box)


def read_line_art(source: Source, what: str = "sketch") -> LineArt:
    """Open and analyse a drawing of 32 to 8000 px a side: on transparent, white or toned ground, any line colour;
    also of light lines on dark ground.

    Raises InputError for what `open_image` refuses, for a size outside the limits, for a drawing without lines
    (fully white, fully transparent) or without paper (fully black), and for a photograph.
    """
    image = open_image(source, what, max_side=MAX_SIDE)
    deep = deep_pixels(source, image)
    name = describe(source, what)
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise InputError(f"{name} is too small ({width} x {height} px).", f"It needs {MIN_SIDE} px a side or more.")
    pixels = np.asarray(image)
    if image.mode == "RGBA" and pixels[..., 3].min() < 250:
        return replace(_transparent(pixels, name), deep=deep)
    rgb = np.ascontiguousarray(pixels[..., :3])
    light = is_light_on_dark(rgb)
    page = np.asarray(cv2.bitwise_not(rgb), np.uint8) if light else rgb
    paper = _paper(page, name)
    return LineArt(_ink(page, paper, name), rgb, paper=paper, light=light, deep=deep)


def _transparent(rgba: NDArray[np.uint8], name: str) -> LineArt:
    # OpenCV's, an eighth of the time that numpy takes.
    strokes = np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), dtype=np.uint8)
    alpha = np.asarray(cv2.extractChannel(rgba, 3), dtype=np.uint8)
    cover = np.asarray(cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    rgb = np.asarray(cv2.add(cv2.multiply(strokes, cover, scale=1 / 255), 255 - cover), dtype=np.uint8)
    if alpha.max() < 16:
        raise InputError(f"{name} is fully transparent: there are no lines to colour.", "Choose a drawing with lines.")
    # White lines on nothing, for a dark page: only the alpha channel knows where they are.
    if int(rgb.min()) > 255 - _VISIBLE:
        over_black = np.asarray((strokes * cover + 127) // 255, np.uint8)
        return LineArt(_lift(alpha), over_black, alpha=alpha, strokes=strokes, light=True)
    return LineArt(_ink(rgb, None, name), rgb, alpha=alpha, strokes=strokes)


def _ink(rgb: NDArray[np.uint8], paper: NDArray[np.uint8] | None, name: str) -> NDArray[np.float32]:
    """Ink by the channel that a line darkens most, relative to the paper: a red line is as much a line as a black."""
    if paper is not None:
        rgb = np.asarray(cv2.divide(rgb, paper, scale=255), dtype=np.uint8)
    lightest = darkest_channel(rgb)
    if _is_photograph(lightest):
        raise InputError(
            f"{name} is no line art: most of it is neither line nor paper, as in a photograph or a painting.",
            "Choose a drawing in lines.",
        )
    lightest = _without_grain(lightest)
    dark = float(np.count_nonzero(lightest < 128)) / lightest.size
    if int(lightest.min()) > 255 - _VISIBLE:
        raise InputError(f"{name} is blank: there are no lines to colour.", "Choose a drawing with lines.")
    if dark > 0.97:
        raise InputError(f"{name} is black all over: there is no paper to colour.", "Choose a drawing on light ground.")
    return _lift(255 - lightest)


def _is_photograph(lightest: NDArray[np.uint8]) -> bool:
    """Whether most of a picture (H, W) is neither line nor paper, and not one tone, as a page that is not all of it."""
    shares = cv2.calcHist([lightest], [0], None, [256], [0, 256]).ravel() / lightest.size
    one_tone = float(np.convolve(shares, np.ones(_ONE_TONE), mode="same").max())
    return float(shares[_TONES[0] : _TONES[1]].sum()) > _MOST_TONE and one_tone < 0.5


def _lift(level: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Ink levels 0..255 to [0, 1]; faint drawings are scaled up until their strongest lines are full."""
    histogram = cv2.calcHist([level], [0], None, [256], [0, 256]).ravel()
    drawn = histogram[_VISIBLE:].cumsum()
    strongest = _VISIBLE + int(np.searchsorted(drawn, 0.9 * drawn[-1]))
    scale = 255 if strongest >= _FAINT * 255 else strongest
    ink = level.astype(np.float32)
    ink *= np.float32(1 / scale)
    np.minimum(ink, 1, out=ink)
    return ink


def darkest_channel(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Smallest channel of (H, W, 3) -> (H, W); OpenCV's planes, because numpy's short-axis reduction is 20x slower."""
    red, green, blue = cv2.split(rgb)
    return np.asarray(cv2.min(cv2.min(red, green), blue), dtype=np.uint8)


def _paper(rgb: NDArray[np.uint8], name: str) -> NDArray[np.uint8] | None:
    """The paper's tone at every pixel (H, W, 3), or None for white paper.

    The tone is the level most of the bright pixels have; around it, slow changes (a shadow across a photographed page)
    are followed by closing away everything narrower than an eighth of the page.
    """
    height, width = rgb.shape[:2]
    factor = 256 / max(height, width)
    small_size = (max(1, round(width * factor)), max(1, round(height * factor))) if factor < 1 else (width, height)
    small = np.asarray(cv2.resize(rgb, small_size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    grey = small.min(axis=2)
    level = int(np.percentile(grey, 90))
    if level < 48:
        raise InputError(f"{name} is black all over: there is no paper to colour.", "Choose a drawing on light ground.")
    bright = grey >= level - 24
    tone = np.median(small[bright], axis=0)
    if tone.min() >= _WHITE_PAPER or np.percentile(grey, 99) - tone.min() > 24:
        # White, or a grey that is not the lightest thing on the page and so is not the paper.
        return None
    reach = 2 * (max(small_size) // 16) + 1
    local = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach)))
    local = np.clip(local, tone * 0.75, 255)
    blurred = cv2.GaussianBlur(local.astype(np.float32), (0, 0), reach / 3)
    full = cv2.resize(np.clip(blurred, 1, 255), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full + 0.5, dtype=np.uint8)


def _without_grain(lightest: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Paper grain and scanner noise to white: levels above the noise floor are stretched so that the floor is paper.

    Paper without grain comes back unchanged.
    """
    sample = lightest[:: max(1, lightest.shape[0] // 512), :: max(1, lightest.shape[1] // 512)]
    paper = sample[sample > 160]
    if paper.size == 0:
        return lightest
    # The lower quartile's distance from the median is .67 sigma of the grain, and lines hardly move it.
    middle, lower = np.percentile(paper, (50, 25))
    if middle - lower < 1:
        return lightest
    floor = float(np.clip(middle - 4 * (middle - lower) / 0.674 - 2, 128, 255))
    table = np.clip(np.arange(256) * (255 / floor), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(lightest, table), dtype=np.uint8)
