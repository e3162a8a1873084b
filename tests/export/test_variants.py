"""Variants: the same weights, stored once, computed with in another way; near enough, and listed in the manifest."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from nurie.device import Device
from nurie.protocol import ModelError, UsageError
from nurie.runtime import load_engine
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.choice import variants_for
from nurie.runtime.description import read_description
from nurie.runtime.engine import Floats
from nurie.runtime.manifest import read_manifest, write_manifest
from nurie.runtime.store import check_files, find_model
from nurie_export.cli import main
from nurie_export.parity import random_inputs
from nurie_export.variants import RMS, Row, add_int8, parity_rows

CPU = Device("cpu")
TIMES = (999, 700, 300, 20)


def feeds(weights: Path) -> list[dict[str, Floats]]:
    """Noise, at a few timesteps."""
    found = []
    for seed, t in enumerate(TIMES):
        one = random_inputs(read_description(weights), seed)
        given = {"x_t": one.x_t, "sketch": one.drawn, "evidence": one.evidence, "tokens": one.tokens}
        found.append(given | {"t": np.array([t], np.float32)})
    return found


@pytest.fixture(scope="module")
def model(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model with every variant."""
    folder = tmp_path_factory.mktemp("variants") / "small"
    shutil.copytree(small_model, folder)
    for command in ("float16", "bfloat16", "dynamic"):
        assert main([command, str(folder)]) == 0
    add_int8(folder, feeds(folder / "small.safetensors"))
    return folder


def test_every_engine_and_variant_is_near_pytorch(model: Path) -> None:
    rows = list(parity_rows(model, ("torch", "onnx")))
    seen = {(row.engine, row.variant) for row in rows}
    assert seen == {("onnx", name) for name in ("float32", "float16", "dynamic", "int8")} | {("torch", "bfloat16")}
    assert {row.what for row in rows} == {"matcher", "reference", "denoiser", "picture"}
    assert [row for row in rows if not row.holds] == []
    # What computes with fewer bits does differ: otherwise it would not have been what computed.
    for variant in ("float16", "bfloat16", "int8"):
        (denoiser,) = (row for row in rows if (row.variant, row.what) == (variant, "denoiser"))
        assert denoiser.rms > 10 * RMS["float32"]["denoiser"]


def test_no_number_is_too_far() -> None:
    assert not Row("onnx", "int8", "denoiser", float("nan"), 0.0, 1.0).holds


def test_the_manifest_lists_and_checks_them(model: Path) -> None:
    manifest = read_manifest(model)
    assert {name: variant.precision for name, variant in manifest.variants.items()} == {
        "float16": "float16",
        "bfloat16": "bfloat16",
        "dynamic": "float32",
        "int8": "int8",
    }
    stored = find_model(str(model))
    check_files(stored)
    assert stored.graphs("int8")["denoiser"].name == "denoiser.int8.onnx"
    assert stored.graphs("int8")["matcher"] == stored.graphs()["matcher"]
    with pytest.raises(ModelError, match="no variant 'int9'"):
        stored.graphs("int9")


def test_weights_are_stored_once(model: Path) -> None:
    weights = (model / "small.safetensors").stat().st_size
    for name in ("denoiser.int8.onnx", "denoiser.float16.onnx", "denoiser.dynamic.onnx"):
        graph = onnx.load(model / name, load_external_data=False).graph
        held = sum(len(tensor.raw_data) for tensor in graph.initializer)
        assert held < weights / 10
        assert not graph.value_info


def test_convolutions_run_in_integers(model: Path, tmp_path: Path) -> None:
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3
    ort.InferenceSession(model / "denoiser.int8.onnx", options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimised.onnx", load_external_data=False).graph.node]
    plain = [node.op_type for node in onnx.load(model / "denoiser.onnx", load_external_data=False).graph.node]
    integers = kinds.count("QLinearConv")
    assert integers >= plain.count("Conv") - 5  # the first, the last two, and what is no convolution of weights
    assert integers > 0


def test_the_dynamic_denoiser_takes_several_pictures_of_any_size(model: Path) -> None:
    stored = find_model(str(model))
    session = ort.InferenceSession(stored.graphs("dynamic")["denoiser"], providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)

    def noise(*shape: int) -> Floats:
        return rng.uniform(-1, 1, shape).astype(np.float32)

    for batch, height, width in ((1, 64, 64), (3, 96, 48)):
        given = {
            "x_t": noise(batch, 3, height, width),
            "t": np.full(batch, 500, np.float32),
            "sketch": noise(batch, 1, height, width),
            "evidence": noise(batch, 4, height, width),
            "tokens": noise(batch, 7, 24),
        }
        together = session.run(None, given)[0]
        assert together.shape == (batch, 3, height, width)
        for index in range(batch):
            alone = session.run(None, {name: value[index : index + 1] for name, value in given.items()})[0]
            np.testing.assert_allclose(together[index], alone[0], atol=1e-4)


def test_several_pictures_in_one_call(model: Path) -> None:
    engine = load_engine(str(model), "onnx", CPU, variant="dynamic")
    plain = load_engine(str(model), "onnx", CPU)
    assert isinstance(engine, CanvasEngine)
    assert isinstance(plain, CanvasEngine)
    assert (engine.batches, plain.batches) == (True, False)
    inputs = random_inputs(read_description(model / "small.safetensors"))
    several = np.concatenate([inputs.x_t, -inputs.x_t])
    answers = [one.denoise(several, 500, inputs.drawn, inputs.evidence, inputs.tokens) for one in (engine, plain)]
    assert answers[0].shape == several.shape
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-4)


def test_only_what_passed_the_gate_is_chosen_unasked(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    shutil.copytree(model, folder)
    assert variants_for(find_model(str(folder)), "onnx") == ["float32"]
    manifest = read_manifest(folder)
    for loss, expected in ((0.05, ["float32", "int8"]), (0.2, ["float32"])):
        gate = {"loss_db": loss, "allowed_db": 0.1, "triples": 3, "steps": 4}
        judged = {name: replace(variant, gate=gate) for name, variant in manifest.variants.items()}
        write_manifest(folder, replace(manifest, variants=judged))
        stored = find_model(str(folder))
        assert variants_for(stored, "onnx", CPU) == expected
        assert "int8" not in variants_for(stored, "torch", CPU)
    assert variants_for(stored, "onnx", Device("cuda")) == ["float32"]


def test_pytorch_does_not_run_integers(model: Path) -> None:
    with pytest.raises(UsageError, match="does not run int8"):
        load_engine(str(model), "torch", CPU, variant="int8")


def test_parity_that_does_not_hold_ends_with_an_error(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [Row("onnx", "int8", "denoiser", 0.5, 1.0, 0.1)]
    monkeypatch.setattr("nurie_export.variants.parity_rows", lambda *_: iter(rows))
    with pytest.raises(ModelError, match="1 of these"):
        main(["parity", str(model), "--engines", "onnx"])
    assert "TOO FAR" in capsys.readouterr().out
