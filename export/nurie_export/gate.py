"""The quality gate: whether a variant's pictures are as near to the truth as float32's, on a validation set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nurie.colorizer import Colorizer
from nurie.device import Device
from nurie.runtime.engines import load_engine
from nurie.runtime.manifest import read_manifest, write_manifest
from nurie.runtime.store import FULL
from nurie.training.scores import score
from nurie.training.triples import Triple, over_white, to_array

__all__ = ["ALLOWED_DB", "Compared", "compare", "loss_db", "record_gate"]

ALLOWED_DB = 0.1


@dataclass(frozen=True)
class Compared:
    """One triple: PSNR in dB over the foreground, of float32's picture and of the variant's."""

    triple: Triple
    full: float
    variant: float


def compare(
    folder: Path, variant: str, engine: str, triples: Sequence[Triple], steps: int | None
) -> Iterator[Compared]:
    """Colour each triple with the same engine, in float32 and as the variant; both see the same seed and steps."""
    one, other = (Colorizer(load_engine(str(folder), engine, Device("cpu"), variant=name)) for name in (FULL, variant))
    for triple in triples:
        truth = over_white(triple.truth)
        psnr = [
            score(to_array(colorizer.colorize(triple.sketch, [triple.reference], steps=steps).image), truth).psnr
            for colorizer in (one, other)
        ]
        yield Compared(triple, *psnr)


def loss_db(found: Sequence[Compared]) -> float:
    """What the variant loses on average; negative where it gains."""
    return sum(each.full - each.variant for each in found) / len(found)


def record_gate(folder: Path, variant: str, found: Sequence[Compared], steps: int) -> bool:
    """Note in the manifest what was measured; whether the gate is passed."""
    manifest = read_manifest(folder)
    gate = {
        "loss_db": round(loss_db(found), 4),
        "worst_db": round(max(each.full - each.variant for each in found), 4),
        "allowed_db": ALLOWED_DB,
        "triples": len(found),
        "steps": steps,
    }
    judged = replace(manifest.variants[variant], gate=gate)
    write_manifest(folder, replace(manifest, variants=dict(manifest.variants) | {variant: judged}))
    return judged.passed
