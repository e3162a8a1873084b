"""Point pairs: "this place of the sketch is that place of the reference", said by the artist."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from nurie.protocol import InputError

__all__ = ["MAX_POINTS", "PointPair", "Points", "check_points", "read_points"]

MAX_POINTS = 1000
_MAX_BYTES = 1_000_000
_FARTHEST = 1e9
"""No picture is as wide; infinite and undefined numbers are not below it either."""
_FORM = 'Write [{"sketch": [x, y], "reference": [x, y], "image": 0}, …], in pixels.'


@dataclass(frozen=True)
class PointPair:
    """``sketch`` (x, y) is to look like ``reference`` (x, y) of the reference number ``image``, from 0; in pixels."""

    sketch: tuple[float, float]
    reference: tuple[float, float]
    image: int = 0


Points = Union[str, "os.PathLike[str]", Sequence[PointPair | Mapping[str, object]]]
"""What a caller may hand over: a JSON file's path, or pairs as they are or as that file spells them."""


def read_points(points: Points) -> tuple[PointPair, ...]:
    """The pairs of a JSON file or a sequence. InputError, naming the pair, for anything that is not well formed."""
    if not isinstance(points, (str, os.PathLike)):
        return _parse(list(points), "The points")
    path, name = Path(points), f"The points {os.fspath(points)}"
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{name}: the file is too large.", f"At most {MAX_POINTS} point pairs are read.")
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except FileNotFoundError:
        raise InputError(f"{name}: the file does not exist.", "Check the path.") from None
    except OSError as error:
        raise InputError(f"{name}: the file cannot be read ({error.strerror}).", "Check the file.") from error
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or JSON nested without end
        raise InputError(f"{name}: the file is not JSON.", _FORM) from None
    if not isinstance(data, list):
        raise InputError(f"{name}: the file does not hold a list.", _FORM)
    if not data:
        raise InputError(f"{name}: the list is empty.", "Name at least one pair, or leave --points out.")
    return _parse(data, name)


def check_points(points: Sequence[PointPair], sketch: tuple[int, int], references: Sequence[tuple[int, int]]) -> None:
    """InputError for a pair that lies outside the sketch or its reference, (width, height) each, or names no image."""
    for number, pair in enumerate(points, start=1):
        if pair.image >= len(references):
            raise InputError(
                f"Point pair {number} names reference image {pair.image}, but there are {len(references)}.",
                "Images count from 0 in the order in which they are given.",
            )
        for what, (x, y), (width, height) in (
            ("sketch", pair.sketch, sketch),
            ("reference", pair.reference, references[pair.image]),
        ):
            if not (0 <= x < width and 0 <= y < height):
                raise InputError(
                    f"Point pair {number} lies outside the {what}: [{x:g}, {y:g}] in {width} x {height} px.",
                    "Pixels count from [0, 0], the top left.",
                )


def _parse(data: Sequence[object], name: str) -> tuple[PointPair, ...]:
    if len(data) > MAX_POINTS:
        raise InputError(f"{name}: there are {len(data)} pairs.", f"At most {MAX_POINTS} point pairs are read.")
    return tuple(_pair(entry, f"{name}: pair {number}") for number, entry in enumerate(data, start=1))


def _pair(entry: object, name: str) -> PointPair:
    if isinstance(entry, PointPair):
        entry = vars(entry)
    if not isinstance(entry, Mapping):
        raise InputError(f"{name} is not an object.", _FORM)
    missing, unknown = {"sketch", "reference"} - set(entry), set(entry) - {"sketch", "reference", "image"}
    if missing or unknown:
        fault = f"lacks {min(missing)!r}" if missing else f"has an unknown field {min(map(str, unknown))!r}"
        raise InputError(f"{name} {fault}.", _FORM)
    image = entry.get("image", 0)
    if isinstance(image, bool) or not isinstance(image, int) or image < 0:
        raise InputError(f"{name}: 'image' must be a whole number from 0 on.", _FORM)
    return PointPair(
        _place(entry["sketch"], f"{name}: 'sketch'"), _place(entry["reference"], f"{name}: 'reference'"), image
    )


def _place(value: object, name: str) -> tuple[float, float]:
    fault = InputError(f"{name} must be two numbers, [x, y].", _FORM)
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or len(value) != 2:
        raise fault
    x, y = value
    for number in (x, y):
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not abs(number) < _FARTHEST:
            raise fault
    return float(x), float(y)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")
