"""Workers, with the real embedded model, and the whole command."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from nurie.bench.cases import Case
from nurie.bench.jobs import Options
from nurie.bench.models import at_size, describe
from nurie.bench.processes import BenchError, run_worker
from nurie.bench.resources import energy_between, peak_memory
from nurie.bench.run import run
from nurie.cli.main import main

STAGES = ("encode", "warp", "step", "imaging", "total")


def silent(done: int, total: int, what: str) -> None:
    pass


@pytest.mark.timeout(600)
def test_a_tiny_run_measures_every_stage_of_every_engine(small_model: Path) -> None:
    model = str(small_model)
    cases = [Case(engine, "cpu", model, None, (1, 2)) for engine in ("auto", "onnx", "torch")]
    report = run(cases, Options(rounds=1, threads=1, peer=False, profile=False), silent)
    assert not report["skipped"]
    assert [(row["asked"], row["steps"]) for row in report["rows"]] == [
        (engine, steps) for engine in ("auto", "onnx", "torch") for steps in (1, 2)
    ]
    for row in report["rows"]:
        assert (row["device"], row["size"], row["drawing"]) == ("cpu", 64, [64, 64])
        assert all(row[stage] > 0 for stage in (*STAGES, "start", "load", "first", "peak_bytes"))
        assert row["encode"] + row["warp"] + row["steps"] * row["step"] + row["imaging"] <= row["total"]
        assert row["of_best"] >= 1
    assert min(row["of_best"] for row in report["rows"]) == 1
    assert report["ceilings"]["cpu"]["flops"]["float32"] > 0
    assert json.loads(json.dumps(report)) == report


def test_what_cannot_run_is_said_and_the_rest_goes_on(small_model: Path) -> None:
    cases = [Case("onnx", "cpu", "nowhere", None, (1,)), Case("onnx", "cpu", str(small_model), None, (1,))]
    report = run(cases, Options(rounds=1, threads=1, peer=False, profile=False), silent)
    assert [(one["model"], "not installed" in one["why"]) for one in report["skipped"]] == [("nowhere", True)]
    assert [row["model"] for row in report["rows"]] == [str(small_model)]


def test_a_worker_tells_its_own_sentence() -> None:
    task = {"engine": "onnx", "device": "cpu", "model": "nowhere", "models": None, "drawing": None, "steps": [1]}
    with pytest.raises(BenchError, match="nowhere"):
        run_worker("color", task)


def test_a_worker_that_dies_is_told_from_one_that_fails() -> None:
    with pytest.raises(BenchError, match=r"without a result.*KeyError"):
        run_worker("no such kind", {})


def test_threads_reach_the_engines() -> None:
    """One and two threads are both obeyed by the library that is measured."""
    for threads in (1, 2):
        found = run_worker("ceiling", {"library": "numpy", "device": "cpu"}, threads=threads)
        assert found["flops"]["float32"] > 0
        assert found["start"] > 0


def test_a_working_size_changes_no_network_beyond_it() -> None:
    shipped = describe("compact")
    small = at_size(shipped, 256)
    assert small.canvases.denoiser == 256
    assert small.canvases.matcher == min(shipped.canvases.matcher, 256)
    assert small.canvases.reference == shipped.canvases.reference
    assert small.preset == shipped.preset
    assert at_size(shipped, shipped.canvases.denoiser) == shipped


def test_a_preset_without_weights_is_described_all_the_same() -> None:
    assert describe("paper").matcher["kind"] == "psc"


def test_the_peak_is_this_programs_own() -> None:
    """A child of a large process is small: what it inherits is not counted."""
    held = bytearray(300_000_000)
    held[::4096] = b"\1" * len(held[::4096])
    mine = peak_memory()
    found = run_worker("ceiling", {"library": "numpy", "device": "cpu"})
    assert found["library"] == "numpy"
    assert mine is None or mine > 300_000_000
    code = "from nurie.bench.resources import peak_memory; print(peak_memory() or 0)"
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=os.environ)
    assert int(done.stdout) < 200_000_000


def test_energy_counters_that_begin_again_are_followed() -> None:
    assert energy_between({"a": (10.0, 100.0)}, {"a": (14.5, 100.0)}) == 4.5
    assert energy_between({"a": (90.0, 100.0), "b": (1.0, 50.0)}, {"a": (5.0, 100.0), "b": (2.0, 50.0)}) == 16
    assert energy_between({}, {"a": (5.0, 100.0)}) is None


@pytest.mark.parametrize(
    "options",
    [
        ["--growth", "--training"],
        ["--plot", "out.png"],
        ["--compiled"],
        ["--sizes", "100"],
        ["--repeats", "0"],
        ["--json", "--markdown"],
        ["--devices", "gpu"],
        ["--steps", "0"],
    ],
)
def test_wrong_usage_is_said_before_anything_is_measured(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *options]) == 2
    assert capsys.readouterr().err.startswith("nurie: ")
