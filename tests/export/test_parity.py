"""Every exported network against plain PyTorch: the small model, and the embedded one on noise and on a real drawing.

The tolerances are `nurie_export.parity.TOLERANCES`; what the export itself checks is checked here again, because the
engine that opens the graphs may be another version than the one that was there when they were made.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from nurie.device import Device
from nurie.imaging.canvas import fit, ink_to_canvas
from nurie.inputs import read_inputs, reference_canvas
from nurie.protocol import ModelError
from nurie.runtime import load_engine
from nurie.runtime.canvas import CanvasEngine, resize
from nurie.runtime.description import Description, read_description
from nurie.runtime.engine import Floats
from nurie.runtime.manifest import read_manifest
from nurie.runtime.onnx_engine import OnnxEngine
from nurie.runtime.store import embedded_folder, find_model
from nurie_export.folder import export_graphs
from nurie_export.parity import TOLERANCES, Inputs, Parity, check, differences, random_inputs
from nurie_export.variants import RMS, parity_rows

SAMPLES = sorted(folder for folder in (embedded_folder() / "samples").glob("*") if folder.is_dir())


def engine(model: str, name: str) -> CanvasEngine:
    opened = load_engine(model, name, Device("cpu"))
    assert isinstance(opened, CanvasEngine)
    return opened


def drawing_inputs(folder: Path, description: Description) -> Inputs:
    """A sample's sketch and reference; the evidence is the reference itself, the tokens the plain network's."""
    sizes = description.canvases
    (sketch,), (reference,) = (sorted(folder.glob(f"{name}.*")) for name in ("sketch", "reference"))
    read = read_inputs(sketch, reference)
    placement = fit(read.sketch.box, sizes.denoiser)
    lines = (1 - 2 * ink_to_canvas(read.sketch.ink, placement))[None, None].astype(np.float32)
    colours: Floats = reference_canvas(read.references[0], sizes.denoiser)[None]
    noise = random_inputs(description)
    sure = np.ones((1, 1, sizes.denoiser, sizes.denoiser), np.float32)
    return noise._replace(
        sketch=resize(lines, sizes.matcher),
        photo=resize(colours, sizes.matcher),
        image=resize(colours, sizes.reference),
        drawn=lines,
        evidence=np.concatenate([colours, sure], axis=1),
    )


def test_the_small_model(small_model: Path) -> None:
    inputs = random_inputs(read_description(small_model / "small.safetensors"))
    results = check(engine(str(small_model), "onnx"), engine(str(small_model), "torch"), inputs)
    assert [result.network for result in results] == list(TOLERANCES)


def test_the_embedded_model_on_noise() -> None:
    description = read_description(find_model("compact").weights)
    check(engine("compact", "onnx"), engine("compact", "torch"), random_inputs(description, seed=1))


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_the_embedded_model_on_a_real_drawing(folder: Path) -> None:
    inputs = drawing_inputs(folder, read_description(find_model("compact").weights))
    check(engine("compact", "onnx"), engine("compact", "torch"), inputs)


def test_the_embedded_variants_passed_the_gate_and_are_near_pytorch() -> None:
    folder = find_model("compact").folder
    variants = read_manifest(folder).variants
    assert set(variants) == {"int8"}
    assert all(variant.passed and variant.gate and variant.gate["triples"] == 59 for variant in variants.values())
    rows = list(parity_rows(folder, ("onnx",), list(variants)))
    assert {row.what for row in rows} == {"matcher", "reference", "denoiser", "picture"}
    assert [row for row in rows if not row.holds] == []
    # Integers do differ: float32 would not have been what computed them.
    assert next(row.rms for row in rows if row.what == "denoiser") > RMS["float32"]["denoiser"]


def test_there_is_a_real_drawing() -> None:
    assert SAMPLES


def shifted(answer: Floats, by: float) -> Floats:
    return (answer + by).astype(np.float32)


class Off(OnnxEngine):
    """ONNX Runtime, but for one network whose answer is off by a little."""

    network = ""
    by = 0.0

    def network_encode(self, image: Floats) -> Floats:
        answer = super().network_encode(image)
        return shifted(answer, self.by if self.network == "reference" else 0.0)

    def network_denoise(self, x_t: Floats, t: Floats, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        answer = super().network_denoise(x_t, t, sketch, evidence, tokens)
        return shifted(answer, self.by if self.network == "denoiser" and t[0] == 3 else 0.0)


@pytest.mark.parametrize("network", ["reference", "denoiser"])
@pytest.mark.parametrize("by", [2 * TOLERANCES["denoiser"], float("nan")])
def test_a_network_that_is_off_is_found(network: str, by: float, small_model: Path) -> None:
    stored = find_model(str(small_model))
    description = read_description(stored.weights)
    off = Off(description, stored.graphs(), Device("cpu"))
    inputs = random_inputs(description)
    plain = engine(str(small_model), "torch")
    largest = float(np.abs(plain.network_encode(inputs.image)).max())
    off.network, off.by = network, by * max(1.0, largest if network == "reference" else 1.0)
    with pytest.raises(ModelError, match=f"differs from PyTorch by .* in the {network}"):
        check(off, plain, inputs)
    found = {result.network: result for result in differences(off, plain, inputs)}
    assert found["matcher"].difference <= found["matcher"].tolerance


def test_a_model_that_is_not_what_pytorch_computes_gets_no_manifest(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "small"
    shutil.copytree(small_model, copy)
    monkeypatch.setattr("nurie_export.parity.differences", lambda *_: [Parity("matcher", 1.0, 0.5)])
    monkeypatch.setattr(
        "nurie_export.folder.graph",
        lambda name, *_: onnx.load(small_model / f"{name}.onnx", load_external_data=False),
    )
    with pytest.raises(ModelError, match="differs from PyTorch by 1 in the matcher"):
        list(export_graphs(copy / "small.safetensors"))
    assert not (copy / "manifest.json").exists()
