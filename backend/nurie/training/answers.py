"""What is measured: trivial answers, the best that the lines allow, a model's pictures, earlier results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.color import foreground
from nurie.imaging.compose import compose
from nurie.imaging.lineart import read_line_art
from nurie.imaging.load import open_image
from nurie.imaging.write import save_atomic
from nurie.protocol import InputError, OutputError
from nurie.training.triples import Triple, resized

if TYPE_CHECKING:
    from nurie.colorizer import Colorizer

__all__ = ["ORACLE", "RESULT", "TRIVIAL", "Colorize", "Painted", "oracle", "trivial_answers"]
__all__ += ["model_runs", "save_painted", "saved_runs", "saving_folder"]

Picture = NDArray[np.float64]

TRIVIAL = ("sketch alone", "mean colour", "reference resized")
ORACLE = "oracle"
"""The true colours under the artist's lines: no picture with these lines on top can come nearer."""
RESULT = "result"
COLOR = " colour"
"""Ends the name of a run's second column: its colour layer alone, over white."""
_SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Painted:
    """An answer: the picture as an artist gets it, lines on top, and the colour layer alone where there is one."""

    image: Image.Image
    color: Image.Image | None = None

    def columns(self, name: str) -> dict[str, Image.Image]:
        """What is measured, by column: ``name``, and ``name colour`` for the colour layer."""
        return {name: self.image} | ({} if self.color is None else {name + COLOR: self.color})


Colorize = Callable[[Triple], Painted]
"""Anything that answers a triple's sketch and reference; its truth is there for hints that are cut from it."""


def trivial_answers(sketch: Picture, reference: Picture) -> dict[str, Picture]:
    """What no model is needed for: the sketch, the sketch in the reference's mean colour, the reference scaled."""
    mean_color = reference[foreground(reference)].mean(axis=0)
    return dict(zip(TRIVIAL, (sketch, sketch * mean_color, resized(reference, sketch.shape)), strict=True))


def oracle(sketch: Path, truth: Picture) -> Picture:
    """The truth (H, W, 3) in [0, 1] under the lines of a drawing, put together as `nurie colorize` does it."""
    lines = read_line_art(sketch)
    color = np.full((*lines.shape, 4), 255, np.uint8)
    color[..., :3] = np.clip(resized(truth, color.shape) * 255 + 0.5, 0, 255)
    return compose(color, lines).astype(np.float64) / 255


def model_runs(
    colorizer: Colorizer,
    steps: Sequence[int | None],
    seed: int = 0,
    guidance: float | None = None,
    styles: Sequence[str | None] = (None,),
) -> dict[str, Colorize]:
    """A run for each step count and style, None being the model's own and no style: "result", or such as
    "result 4 steps flats" where there are several."""

    def run(count: int | None, style: str | None) -> Colorize:
        def colorize(triple: Triple) -> Painted:
            found = colorizer.colorize(
                triple.sketch, [triple.reference], steps=count, seed=seed, guidance=guidance, style=style
            )
            return Painted(found.image, found.color)

        return colorize

    def name(count: int | None, style: str | None) -> str:
        words = [RESULT]
        if len(steps) > 1:
            words.append(f"{count} step{'s' * (count != 1)}")
        if len(styles) > 1 and style is not None:
            words.append(style)
        return " ".join(words)

    return {name(count, style): run(count, style) for count in steps for style in styles}


def saved_runs(folder: Path, triples: Sequence[Triple]) -> dict[str, Colorize]:
    """Earlier results, anybody's: ``folder/ID.png`` for every triple, or folders of such, each a column of its name.

    PNG, WebP and JPEG are taken. Raises InputError for a folder without pictures and for a triple without one.
    """
    try:
        flat = _pictures(folder)
        inner = {entry.name: _pictures(entry) for entry in sorted(folder.iterdir()) if entry.is_dir()}
    except OSError as error:
        raise InputError(f"The results folder {folder} cannot be read.", "Name a folder of pictures.") from error
    found = {RESULT: flat} if flat else {name: pictures for name, pictures in inner.items() if pictures}
    if not found:
        raise InputError(f"The results folder {folder} holds no pictures.", "Name them by their triples: ID.png.")

    def run(pictures: Mapping[str, Path]) -> Colorize:
        return lambda triple: Painted(open_image(pictures[triple.id], "result"))

    for name, pictures in found.items():
        missing = [triple.id for triple in triples if triple.id not in pictures]
        if missing:
            raise InputError(
                f"The results folder {folder} lacks {missing[0]} in {name!r} ({len(missing)} missing).",
                "Add ID.png for every triple, or measure fewer with --limit.",
            )
    return {name: run(pictures) for name, pictures in found.items()}


def _pictures(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES and path.is_file()}


def saving_folder(folder: Path) -> Path:
    """The folder, made when it is not there; OutputError when it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be made: {error.strerror}.", "Choose another place.") from error
    return folder


def save_painted(painted: Painted, folder: Path, name: str, triple: Triple, ending: str = "") -> None:
    """Write an answer where `saved_runs` finds it, ``folder/COLUMN/ID.png``, each picture whole or not at all."""
    for column, picture in painted.columns(name).items():
        save_atomic(picture, saving_folder(folder / f"{column}{ending}") / f"{triple.id}.png")
