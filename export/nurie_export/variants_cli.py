"""``nurie export float16|int8|bfloat16|dynamic|parity|gate MODEL``: variants of a model's folder, and their proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import tyro

from nurie.protocol import ModelError
from nurie.runtime.manifest import Variant
from nurie.runtime.store import find_model

__all__ = ["COMMANDS"]

Model = Annotated[str, tyro.conf.Positional]


def float16(model: Model) -> int:
    """Graphs in float16, for GPUs.

    Args:
        model: the folder of the model, or its name.
    """
    from nurie_export.variants import add_half

    return _told(model, add_half(_folder(model)))


def bfloat16(model: Model) -> int:
    """Allow bfloat16, where the processor has it: no graph, only the entry that the gate judges.

    Args:
        model: the folder of the model, or its name.
    """
    from nurie_export.variants import add_bfloat16

    return _told(model, add_bfloat16(_folder(model)))


def dynamic(model: Model) -> int:
    """A denoiser for any number of pictures, on canvases of any size.

    Args:
        model: the folder of the model, or its name.
    """
    from nurie_export.variants import add_dynamic

    return _told(model, add_dynamic(_folder(model)))


def int8(model: Model, pack: Path, samples: int = 12) -> int:
    """The denoiser with convolutions in 8-bit integers, for CPUs.

    Args:
        model: the folder of the model, or its name.
        pack: packed training images, whose colourings tell the range of every value.
        samples: how many are coloured.
    """
    from nurie_export.calibration import denoiser_feeds
    from nurie_export.variants import add_int8

    folder = _folder(model)
    return _told(model, add_int8(folder, denoiser_feeds(find_model(str(folder)), pack, samples)))


def parity(model: Model = "compact", engines: tuple[str, ...] = ("torch", "onnx", "openvino")) -> int:
    """Each engine and variant beside PyTorch in float32; ends with 4 where one is further off than allowed.

    Args:
        model: the folder of the model, or its name.
        engines: which engines; one that is not installed is told and left out.
    """
    from nurie.runtime.engines import installed_engines
    from nurie_export.variants import parity_rows

    missing = [name for name in engines if name not in installed_engines()]
    for name in missing:
        print(f"{name} is not installed, and left out", flush=True)
    print(f"{'engine':<10}{'variant':<10}{'network':<11}{'rms':>10}{'allowed':>10}{'largest':>10}", flush=True)
    wrong = 0
    for row in parity_rows(_folder(model), [name for name in engines if name not in missing]):
        told = (
            f"{row.engine:<10}{row.variant:<10}{row.what:<11}{row.rms:>10.1e}{row.allowed:>10.1e}{row.largest:>10.1e}"
        )
        print(told if row.holds else f"{told}  TOO FAR", flush=True)
        wrong += not row.holds
    if wrong:
        raise ModelError(f"{wrong} of these are further from PyTorch than allowed.")
    return 0


def gate(
    model: Model, variant: str, val: Path, engine: str = "onnx", limit: int | None = None, steps: int | None = None
) -> int:
    """Whether a variant's pictures are as good as float32's (0.1 dB); noted in the manifest, where `auto` reads it.

    Args:
        model: the folder of the model, or its name.
        variant: which of its variants.
        val: a folder of validation triples.
        engine: what runs both.
        limit: as many triples, taken evenly; all where left out.
        steps: sampling steps; the model's own where left out.
    """
    from nurie.runtime.description import read_description
    from nurie.training.triples import read_triples
    from nurie_export.gate import ALLOWED_DB, compare, loss_db, record_gate

    folder = _folder(model)
    find_model(str(folder)).variant(variant)
    found = []
    for one in compare(folder, variant, engine, read_triples(val, limit), steps):
        found.append(one)
        print(f"{one.triple.id:<34}{one.full:7.2f} dB{one.variant:7.2f} dB{one.full - one.variant:+8.3f}", flush=True)
    own = read_description(find_model(str(folder)).weights).sampling.steps
    passed = record_gate(folder, variant, found, own if steps is None else steps)
    word = "passed" if passed else "not passed"
    print(f"{variant} loses {loss_db(found):+.3f} dB over {len(found)} triples (allowed {ALLOWED_DB}): {word}")
    return 0


COMMANDS: dict[str, Callable[..., int]] = {
    "float16": float16,
    "bfloat16": bfloat16,
    "dynamic": dynamic,
    "int8": int8,
    "parity": parity,
    "gate": gate,
}


def _folder(model: str) -> Path:
    return find_model(model).folder


def _told(model: str, variant: Variant) -> int:
    folder = _folder(model)
    for name in sorted(set(variant.graphs.values())):
        print(f"{folder / name}: {(folder / name).stat().st_size:,} bytes", flush=True)
    return 0
