"""What is measured: triples of a sketch, a reference and the truth, as a folder's manifest.csv names them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.load import open_image
from nurie.protocol import InputError, UsageError
from nurie.training.metrics.ms_ssim import WINDOW

__all__ = ["Triple", "check_triples", "of_sources", "over_white", "read_triples", "resized", "to_array"]

Picture = NDArray[np.float64]

_SHAPES_AGREE = 0.03
"""How far, as a share, the proportions of a sketch and its truth may lie apart: rounding, not another picture."""


@dataclass(frozen=True)
class Triple:
    """One line of a manifest: what is given (sketch, reference) and what should come out (truth)."""

    id: str
    source: str
    sketch: Path
    reference: Path
    truth: Path


def read_triples(folder: Path, limit: int | None = None) -> list[Triple]:
    """The triples that `folder/manifest.csv` names, or `limit` of them taken evenly over the list.

    Raises InputError when there is no such manifest, a column is missing, a line names a file that is not there, or an
    id is used twice or could not name a file.
    """
    manifest = folder / "manifest.csv"
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        triples = [
            Triple(row["id"], row["source"], *(folder / row[k] for k in ("sketch", "reference", "ground_truth")))
            for row in rows
        ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The manifest {manifest} cannot be read.", "Name a folder with a manifest.csv.") from error
    except (KeyError, TypeError) as error:
        raise InputError(
            f"The manifest {manifest} lacks a column or a value ({error}).",
            "It needs id, source, sketch, reference and ground_truth.",
        ) from error
    if not triples:
        raise InputError(f"The manifest {manifest} is empty.", "Name a folder with triples.")
    seen: set[str] = set()
    for triple in triples:
        _check_id(triple.id, seen, manifest)
        seen.add(triple.id)
        for path in (triple.sketch, triple.reference, triple.truth):
            if not path.is_file():
                raise InputError(f"The manifest {manifest} names {path}, which does not exist.", "Complete the folder.")
    if limit is None or limit >= len(triples):
        return triples
    return [triples[i * len(triples) // limit] for i in range(limit)]


def _check_id(name: str, seen: set[str], manifest: Path) -> None:
    if name in seen:
        raise InputError(f"The manifest {manifest} has the id {name!r} twice.", "Give every line an id of its own.")
    if not name or name != name.strip() or name.startswith(".") or set(name) & set('/\\:*?"<>|\0\n\r\t'):
        raise InputError(
            f"The manifest {manifest} has the id {name!r}, which cannot name a file.", "Use letters, digits, - and _."
        )


def of_sources(triples: list[Triple], names: str | None) -> list[Triple]:
    """The triples of the sources named, by commas apart; all of them where none is. UsageError for one unknown."""
    if not names:
        return triples
    wanted = set(names.split(","))
    unknown = wanted - {triple.source for triple in triples}
    if unknown:
        raise UsageError(f"The folder has no source {', '.join(sorted(unknown))}.")
    return [triple for triple in triples if triple.source in wanted]


def check_triples(triples: list[Triple]) -> None:
    """Open every picture once, so that a run of an hour does not end at the last one.

    Raises InputError for a picture that cannot be read, a truth too small to be measured, and a truth of other
    proportions than its sketch: such a line mixes up two drawings.
    """
    for triple in triples:
        open_image(triple.reference, "reference")
        sketch, truth = open_image(triple.sketch, "sketch").size, open_image(triple.truth, "truth").size
        if min(truth) < WINDOW:
            raise InputError(
                f"The truth {triple.truth} is too small to be measured ({truth[0]} x {truth[1]} px).",
                f"Use pictures of {WINDOW} px or more a side.",
            )
        if abs(sketch[0] * truth[1] / (sketch[1] * truth[0]) - 1) > _SHAPES_AGREE:
            raise InputError(
                f"The sketch {triple.sketch} ({sketch[0]} x {sketch[1]} px) and its truth {triple.truth} "
                f"({truth[0]} x {truth[1]} px) do not show the same cut.",
                "Correct the manifest.",
            )


def over_white(path: Path) -> Picture:
    """A picture laid over white, RGB (H, W, 3) in [0, 1]."""
    return to_array(open_image(path))


def to_array(image: Image.Image) -> Picture:
    """A picture of any mode, laid over white, as RGB (H, W, 3) in [0, 1]."""
    if image.mode != "RGB":
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return np.asarray(image, dtype=np.float64) / 255


def resized(picture: Picture, shape: tuple[int, ...]) -> Picture:
    """A picture (H, W, 3) in [0, 1] at the height and width of ``shape``; the same one when it has them already."""
    if picture.shape[:2] == shape[:2]:
        return picture
    image = Image.fromarray(np.asarray(np.clip(picture, 0, 1) * 255 + 0.5, dtype=np.uint8))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), dtype=np.float64) / 255
