"""What ``auto`` goes by: measured, kept for this machine and this model only, never in the way."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie.device import Device
from nurie.runtime import calibration, engines, load_engine
from nurie.runtime.calibration import calibrate, calibration_file, choose, machine_key, recall
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.choice import Choice
from nurie.runtime.hardware import thread_count
from nurie.runtime.store import StoredModel, find_model
from nurie.runtime.trial import Trial, run_trial

STEPS = 3


@pytest.fixture
def stored(small_model: Path) -> StoredModel:
    return find_model(str(small_model))


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, which is not there yet."""
    path = tmp_path / "cache" / "calibration.json"
    monkeypatch.setenv("NURIE_CALIBRATION", str(path))
    return path


def measured(weights: Path, choice: Choice) -> Trial:
    """Stands for a machine on which PyTorch is fast, and fastest on more threads than it has cores."""
    step = {"torch": 0.1, "onnx": 0.2, "openvino": 0.3}[choice.engine] / choice.threads
    return Trial(choice, load=1.0, encode=0.0, match=0.0, step=step)


def test_a_real_engine_is_measured_and_opened_as_it_was_fastest(stored: StoredModel) -> None:
    told: list[Choice] = []
    found = calibrate(stored, ("onnx",), lambda trial: told.append(trial.choice))
    assert found is not None
    assert recall(stored) == found
    assert {row.choice.variant for row in found.rows} == {"float32"}
    assert set(told) == {row.choice for row in found.rows}
    assert all(row.failure is None and min(row.load, row.encode, row.match, row.step) > 0 for row in found.rows)
    times = [row.coloring(found.steps) for row in found.rows]
    assert times == sorted(times)
    chosen = next(row for row in found.rows if row.choice == found.chosen)
    assert chosen.coloring(found.steps) <= calibration.NEAR * times[0]
    engine = load_engine(str(stored.folder), "auto", Device("cpu"))
    assert isinstance(engine, CanvasEngine)
    assert engine.choice == found.chosen


def test_what_was_measured_decides(stored: StoredModel) -> None:
    found = calibrate(stored, ("onnx", "torch"), trial=measured)
    assert found is not None
    assert found.chosen.engine == "torch"
    assert found.chosen.threads == max(os.cpu_count() or 1, thread_count())
    opened = load_engine(str(stored.folder), "auto", Device("cpu"))
    assert isinstance(opened, CanvasEngine)
    assert opened.choice == found.chosen
    # An engine that is asked for is taken, as it was measured to be best.
    named = load_engine(str(stored.folder), "onnx", Device("cpu"))
    assert isinstance(named, CanvasEngine)
    assert named.choice == next(row.choice for row in found.rows if row.choice.engine == "onnx")


def test_a_busy_machine_says_nothing_of_threads(stored: StoredModel) -> None:
    def crowded(weights: Path, choice: Choice) -> Trial:
        return Trial(choice, load=1.0, encode=0.0, match=0.0, step=float(choice.threads))

    quiet, busy = (calibrate(stored, ("onnx",), trial=crowded, busy=busy) for busy in (False, True))
    assert quiet is not None
    assert busy is not None
    assert busy.chosen == Choice.plain("onnx")
    assert [row.choice for row in busy.rows] == [busy.chosen]
    assert {row.choice.threads for row in quiet.rows} >= {thread_count(), os.cpu_count()}


@pytest.mark.parametrize("build", [None, "1.20"])
def test_a_driver_counts_only_with_an_engine_that_uses_it(
    build: str | None, stored: StoredModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = calibrate(stored, ("onnx", "torch"), trial=measured)
    assert found is not None
    monkeypatch.setattr(engines, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(engines, "_torch_has_cuda", lambda: False)
    monkeypatch.setattr(engines, "package_version", lambda package: build)
    opened = load_engine(str(stored.folder))
    assert isinstance(opened, CanvasEngine)
    # The build that is really here has no CUDA, so even that one ends up on the CPU: as it comes, not as measured.
    assert opened.choice == (found.chosen if build is None else Choice.plain("onnx"))


def test_nothing_measured_nothing_kept(stored: StoredModel, kept: Path) -> None:
    assert recall(stored) is None
    opened = load_engine(str(stored.folder), "auto", Device("cpu"))
    assert isinstance(opened, CanvasEngine)
    assert opened.choice == Choice.plain("onnx")
    assert not kept.parent.exists()


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "machines": 3}', '{"format": 9, "machines": {}}', "\xff"],
)
def test_a_damaged_file_counts_as_none_and_is_made_anew(damage: str, stored: StoredModel, kept: Path) -> None:
    calibrate(stored, ("onnx",), trial=measured)
    kept.write_text(damage, encoding="latin-1")
    assert recall(stored) is None
    calibrate(stored, ("onnx",), trial=measured)
    assert recall(stored) is not None


@pytest.mark.parametrize("field", ["made", "steps", "chosen", "rows"])
def test_a_damaged_entry_counts_as_none(field: str, stored: StoredModel, kept: Path) -> None:
    calibrate(stored, ("onnx",), trial=measured)
    content = json.loads(kept.read_text())
    (entry,) = content["machines"].values()
    for wrong in (None, {"engine": "magic"}, [{"choice": 3}]):
        content["machines"] = {machine_key(stored): {**entry, field: wrong}}
        kept.write_text(json.dumps(content))
        if field != "made":  # which is for people only
            assert recall(stored) is None


def test_another_machine_or_model_is_measured_for_itself(
    stored: StoredModel, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrate(stored, ("onnx",), trial=measured)
    copy = tmp_path / "small"
    shutil.copytree(small_model, copy)
    assert recall(find_model(str(copy))) is not None  # the same files elsewhere
    with monkeypatch.context() as other:
        other.setattr(calibration, "processor_name", lambda: "another")
        assert recall(stored) is None
        calibrate(stored, ("torch",), trial=measured)
        found = recall(stored)
        assert found is not None
        assert found.chosen.engine == "torch"
    found = recall(stored)
    assert found is not None
    assert found.chosen.engine == "onnx"
    with monkeypatch.context() as other:
        other.setattr(calibration, "package_version", lambda package: "0.1")
        assert recall(stored) is None


def test_a_folder_that_cannot_be_written_to_is_no_error(stored: StoredModel, kept: Path) -> None:
    kept.parent.write_text("a file where the folder would be")
    assert calibrate(stored, ("onnx",), trial=measured) is not None
    assert recall(stored) is None


def test_an_engine_that_fails_is_told_and_never_chosen(stored: StoredModel) -> None:
    def trial(weights: Path, choice: Choice) -> Trial:
        return Trial(choice, failure="it crashed") if choice.engine == "torch" else measured(weights, choice)

    found = calibrate(stored, ("torch", "onnx"), trial=trial)
    assert found is not None
    assert found.chosen.engine == "onnx"
    assert found.rows[-1].failure == "it crashed"
    assert calibrate(stored, ("torch",), trial=trial) is None


def test_a_trial_that_cannot_run_says_why(small_model: Path, tmp_path: Path) -> None:
    trial = run_trial(tmp_path / "gone.safetensors", Choice.plain("onnx"))
    assert trial.failure is not None
    assert "gone.safetensors" in trial.failure
    assert trial.coloring(4) == float("inf")
    assert "variant 'int9'" in str(run_trial(small_model / "small.safetensors", Choice("onnx", "int9", 1)).failure)


@given(times=st.lists(st.floats(0.01, 10), min_size=1, max_size=6), failed=st.sets(st.integers(0, 5)))
def test_the_choice_is_never_far_from_the_best(times: list[float], failed: set[int]) -> None:
    rows = [
        Trial(Choice("onnx", "float32", number + 1), step=seconds, failure="no" if number in failed else None)
        for number, seconds in enumerate(times)
    ]
    if all(row.failure for row in rows):
        return
    chosen = choose(rows, STEPS, [rows[-1].choice])
    row = next(row for row in rows if row.choice == chosen)
    best = min(row.coloring(STEPS) for row in rows)
    assert row.coloring(STEPS) <= calibration.NEAR * best
    if rows[-1].coloring(STEPS) <= calibration.NEAR * best:
        assert chosen == rows[-1].choice


def test_the_file_lies_in_the_cache_folder(monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    assert calibration_file() == kept
    monkeypatch.delenv("NURIE_CALIBRATION")
    assert calibration_file().name == "calibration.json"
    assert "nurie" in calibration_file().parts[-2]
