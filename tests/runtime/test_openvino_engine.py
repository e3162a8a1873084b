"""OpenVINO, where it is installed: the same graphs, the same weights, the same answers.

It runs in processes of its own only, as it does for the users: beside PyTorch's exporter it crashes in some versions.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nurie.device import Device
from nurie.protocol import DeviceError
from nurie.runtime import load_engine
from nurie.runtime.choice import Choice
from nurie.runtime.trial import run_trial
from nurie_export.outputs import outputs_of
from nurie_export.variants import parity_rows

pytestmark = pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed")


def test_it_computes_what_pytorch_computes(small_model: Path) -> None:
    rows = list(parity_rows(small_model, ("openvino",)))
    assert [row.what for row in rows] == ["matcher", "reference", "denoiser", "picture"]
    assert [row for row in rows if not row.holds] == []


def test_same_inputs_same_bytes(small_model: Path) -> None:
    first, second = (outputs_of(small_model / "small.safetensors", "openvino", "float32") for _ in range(2))
    for what, output in first.items():
        np.testing.assert_array_equal(output, second[what])


def test_it_can_be_measured(small_model: Path) -> None:
    trial = run_trial(small_model / "small.safetensors", Choice.plain("openvino"))
    assert trial.failure is None
    assert trial.step > 0


def test_a_device_it_does_not_have(small_model: Path) -> None:
    with pytest.raises(DeviceError, match="openvino engine does not run on cuda:0"):
        load_engine(str(small_model), "openvino", Device("cuda"))


@pytest.mark.parametrize(("damage", "words"), [("gone", "is missing"), ("noise", "cannot be read")])
def test_a_graph_that_is_missing_or_damaged(damage: str, words: str, small_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "small"
    shutil.copytree(small_model, copy)
    graph = copy / "matcher.onnx"
    if damage == "gone":
        graph.unlink()
    else:
        graph.write_bytes(b"\xff" * 500)
    code = f"""
from pathlib import Path
from nurie.device import Device
from nurie.protocol import ModelError
from nurie.runtime.description import read_description
from nurie.runtime.openvino_engine import OpenVinoEngine
from nurie.runtime.store import find_model
stored = find_model({str(copy)!r})
try:
    OpenVinoEngine(read_description(stored.weights), stored.graphs(), Device("cpu"))
except ModelError as error:
    print(error)
"""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert f"matcher.onnx {words}" in done.stdout, done.stderr
