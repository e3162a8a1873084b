# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document carries about its colouring: the references in use, the options and, if wanted, results; as JSON.

References are named by the SHA-256 of their pictures, which lie in user data; a document does not grow by them.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .host import Region
from .options import OptionValues
from .protocol import is_digest

__all__ = ["KEY", "VERSION", "KeptResult", "Remembered", "decode", "encode"]

KEY = "nurie/panel"
"""Name of the annotation in the .kra."""

VERSION = 1


@dataclass(frozen=True)
class KeptResult:
    """A result stored in the document. png: the colour alone, of ``region``'s size. references: digests."""

    png: bytes
    region: Region
    values: OptionValues
    references: tuple[str, ...] = ()
    name: str = ""
    seconds: float = 0.0


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
    region = result.region
    return {
        "png": base64.b64encode(result.png).decode("ascii"),
        "region": [region.x, region.y, region.width, region.height],
        "options": result.values.to_dict(),
        "references": list(result.references),
        "name": result.name,
        "seconds": result.seconds,
    }


def _read_result(value: object) -> KeptResult | None:
    if not isinstance(value, Mapping):
        return None
    try:
        png = base64.b64decode(_text(value.get("png")), validate=True)
    except ValueError:
        return None
    region = _listed(value.get("region"))
    if not png or len(region) != 4 or not all(type(number) is int for number in region) or min(region[2:]) < 1:
        return None
    seconds = value.get("seconds")
    return KeptResult(
        png,
        Region(*region),
        OptionValues.from_dict(value.get("options")),
        _digests(value.get("references")),
        _text(value.get("name")),
        float(seconds) if isinstance(seconds, (int, float)) and math.isfinite(seconds) and seconds > 0 else 0.0,
    )


def _digests(value: object) -> tuple[str, ...]:
    return tuple(item for item in _listed(value) if isinstance(item, str) and is_digest(item))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
