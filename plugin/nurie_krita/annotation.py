# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document carries about its colouring: the references in use, the options and, if wanted, results; as JSON.

References are named by the SHA-256 of their pictures, which lie in user data; a document does not grow by them. Results
have an annotation of their own, so that the rest stays small and quick to compare.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .host import Region, Source
from .options import OptionValues
from .protocol import is_digest

__all__ = ["KEY", "RESULTS_KEY", "VERSION", "KeptResult", "Remembered", "decode", "encode"]

KEY = "nurie/panel"
"""Name of the annotation in the .kra that holds the choices."""

RESULTS_KEY = "nurie/results"
"""Name of the one that holds results."""

VERSION = 1


_ACTIVE = Source("active", "", "active")


@dataclass(frozen=True)
class KeptResult:
    """A result stored in the document. png: the colour alone. mask: PNG of the selection, empty for everywhere.

    The rest is as in ``results.Result`` and in the ``host.LineArt`` it belongs to.
    """

    png: bytes
    region: Region
    values: OptionValues
    source: Source = _ACTIVE
    references: tuple[str, ...] = ()
    name: str = ""
    seconds: float = 0.0
    layer: str | None = None
    mask: bytes = b""
    opaque: bool = False
    dark: bool = False
    time: int | None = None
    anchor: Region | None = None
    page: tuple[int, int] | None = None


@dataclass(frozen=True)
class Remembered:
    """What ``encode`` was given. set_id: of the references' set; digests: of those in use, in order."""

    values: OptionValues
    set_id: str = ""
    digests: tuple[str, ...] = ()
    results: tuple[KeptResult, ...] = ()


def encode(values: OptionValues, set_id: str, digests: Iterable[str], results: Iterable[KeptResult] = ()) -> bytes:
    """UTF-8 JSON; the same input gives the same bytes, so that an unchanged document need not be touched."""
    data: dict[str, Any] = {
        "version": VERSION,
        "set": set_id,
        "references": list(digests),
        "options": values.to_dict(),
        "results": [_result_to_dict(result) for result in results],
    }
    return json.dumps({key: value for key, value in data.items() if value != []}).encode("ascii")


def decode(data: bytes) -> Remembered | None:
    """What ``encode`` wrote, whatever version did; None where it is nothing of the kind.

    Tolerant: fields of another version are skipped, unusable ones get their default, unusable results are left out.
    """
    try:
        found = json.loads(bytes(data).decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, Mapping) or not isinstance(found.get("version"), int):
        return None
    results = (_read_result(value) for value in _listed(found.get("results")))
    return Remembered(
        OptionValues.from_dict(found.get("options")),
        _text(found.get("set")),
        _digests(found.get("references")),
        tuple(result for result in results if result is not None),
    )


def _result_to_dict(result: KeptResult) -> dict[str, Any]:
    source = result.source
    return {
        "png": base64.b64encode(result.png).decode("ascii"),
        "region": _sides(result.region),
        "options": result.values.to_dict(),
        "source": [source.id, source.name, source.kind],
        "references": list(result.references),
        "name": result.name,
        "seconds": result.seconds,
        "layer": result.layer,
        "mask": base64.b64encode(result.mask).decode("ascii"),
        "opaque": result.opaque,
        "dark": result.dark,
        "time": result.time,
        "anchor": None if result.anchor is None else _sides(result.anchor),
        "page": None if result.page is None else list(result.page),
    }


def _read_result(value: object) -> KeptResult | None:
    if not isinstance(value, Mapping):
        return None
    png, mask, region = _bytes(value.get("png")), _bytes(value.get("mask", "")), _region(value.get("region"))
    if not png or mask is None or region is None:
        return None
    seconds, layer, source = value.get("seconds"), value.get("layer"), _listed(value.get("source"))
    page, time = tuple(_listed(value.get("page"))), value.get("time")
    named = len(source) == 3 and all(isinstance(part, str) for part in source)
    return KeptResult(
        png,
        region,
        OptionValues.from_dict(value.get("options")),
        Source(*source) if named else _ACTIVE,
        _digests(value.get("references")),
        _text(value.get("name")),
        float(seconds) if isinstance(seconds, (int, float)) and math.isfinite(seconds) and seconds > 0 else 0.0,
        layer if isinstance(layer, str) else None,
        mask,
        value.get("opaque") is True,
        value.get("dark") is True,
        time if type(time) is int else None,
        _region(value.get("anchor")),
        (page[0], page[1]) if len(page) == 2 and all(type(side) is int and side > 0 for side in page) else None,
    )


def _sides(region: Region) -> list[int]:
    return [region.x, region.y, region.width, region.height]


def _region(value: object) -> Region | None:
    sides = _listed(value)
    if len(sides) != 4 or not all(type(number) is int for number in sides) or min(sides[2:]) < 1:
        return None
    return Region(*sides)


def _bytes(value: object) -> bytes | None:
    """None where it is no Base64."""
    try:
        return base64.b64decode(_text(value), validate=True)
    except ValueError:
        return None


def _digests(value: object) -> tuple[str, ...]:
    return tuple(item for item in _listed(value) if isinstance(item, str) and is_digest(item))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
