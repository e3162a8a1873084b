"""The loop itself, on a problem of two numbers."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.data import Dataset

from nurie.protocol import ModelError
from nurie.training.checkpoints import differences, fingerprint, load_ema
from nurie.training.journal import Journal
from nurie.training.loop import Batch, LoopConfig, Task, learning_rate, run
from nurie.training.stopping import stop_requested
from training.runs import CPU, LOOP


class Line(Dataset[Batch]):
    """Points of y = 3 x - 1."""

    def __getitem__(self, index: int) -> Batch:
        x = torch.tensor([index % 7 / 7.0])
        return {"x": x, "y": 3 * x - 1}


def line() -> Task:
    torch.manual_seed(0)
    model = nn.Linear(1, 1)

    def loss(batch: Batch, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        error: Tensor = model(batch["x"]) - batch["y"]
        return error.square().mean(), {"error": error.detach().abs().mean()}

    return Task(model, Line(), loss, {"network": "line"})


def test_it_learns(tmp_path: Path) -> None:
    task = line()
    loop = replace(LOOP, steps=300, decay_from=200, batch=7, learning_rate=0.1, ema=0.9, log_every=100, save_every=300)
    run(task, loop, tmp_path, CPU)
    for weights in (task.model.state_dict(), load_ema(tmp_path / "checkpoint.safetensors")):
        assert weights["weight"].item() == pytest.approx(3, abs=0.1)
        assert weights["bias"].item() == pytest.approx(-1, abs=0.1)


def test_accumulated_parts_do_as_the_whole_batch(tmp_path: Path) -> None:
    whole, parts = line(), line()
    loop = replace(LOOP, batch=8)
    run(whole, loop, tmp_path / "whole", CPU)
    run(parts, replace(loop, accumulate=4), tmp_path / "parts", CPU)
    for one, other in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_fresh_run_begins_with_the_averages_of_another(tmp_path: Path) -> None:
    run(line(), replace(LOOP, steps=50, learning_rate=0.1), tmp_path / "first", CPU)
    first = tmp_path / "first" / "checkpoint.safetensors"
    still = replace(LOOP, steps=1, learning_rate=0.0)
    second = line()
    run(second, still, tmp_path / "second", CPU, init=first, sources={"init": "first"})
    for name, value in load_ema(first).items():
        torch.testing.assert_close(second.model.state_dict()[name], value)
    # Once there is a checkpoint, the same command resumes it.
    third = line()
    run(third, replace(still, steps=2), tmp_path / "second", CPU, init=tmp_path / "gone.safetensors")
    torch.testing.assert_close(third.model.state_dict(), second.model.state_dict())
    with pytest.raises(ModelError, match="missing"):
        run(line(), still, tmp_path / "fourth", CPU, init=tmp_path / "gone.safetensors")


def test_the_run_is_described_beside_and_inside_the_weights(tmp_path: Path) -> None:
    run(line(), LOOP, tmp_path, CPU, sources={"pack": "somewhere"})
    assert '"pack": "somewhere"' in (tmp_path / "config.json").read_text()
    whole = (tmp_path / "checkpoint.safetensors").read_bytes()
    assert b"somewhere" not in whole
    assert rb"\"network\": \"line\"" in whole


@given(st.integers(0, 300), st.integers(0, 99), st.integers(100, 199))
def test_learning_rate_rises_stays_and_falls(step: int, warmup: int, decay_from: int) -> None:
    config = LoopConfig(steps=200, warmup=warmup, decay_from=decay_from, learning_rate=0.5)
    now, later = learning_rate(config, step), learning_rate(config, step + 1)
    assert 0 < now <= 0.5
    if step + 1 < warmup:
        assert now < later
    elif warmup <= step < decay_from:
        assert now == 0.5
    elif step >= decay_from:
        assert now >= later >= 0.02 * 0.5


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch": 0}, {"batch": 4, "accumulate": 3}, {"warmup": -1}])
def test_impossible_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must not be|equal parts"):
        LoopConfig(**wrong)  # type: ignore[arg-type]


def test_journal_writes_means_and_drops_what_a_resumed_run_writes_again(tmp_path: Path) -> None:
    path = tmp_path / "stats.jsonl"
    path.write_text('{"step": 1, "a": 1}\n{"step": 2, "a": 1}\n{"step": 3, "a"')
    journal = Journal(path, 1)
    assert path.read_text() == '{"step": 1, "a": 1}\n'
    for value in (1.0, 3.0):
        journal.add({"loss": torch.tensor(value)}, 0.5)
        journal.add({"loss": torch.tensor(value)}, 0.5)
        journal.add({"gradient": torch.tensor(value)})
    journal.write(3, 0.1, 4)
    assert '"loss": 2.0, "gradient": 2.0}' in path.read_text().splitlines()[1]
    assert journal.finite()
    journal.add({"loss": torch.tensor(float("inf"))})
    assert not journal.finite()


def test_the_first_signal_asks_and_the_second_is_as_before() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with stop_requested() as stopping:
            assert not stopping()
            os.kill(os.getpid(), signal.SIGTERM)
            assert stopping()
            assert heard == []
            os.kill(os.getpid(), signal.SIGTERM)
            assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_settings_are_compared_entry_by_entry() -> None:
    assert differences({"a": 1, "b": {"c": 2, "d": 3}}, {"a": 1, "b": {"c": 4, "d": 3}, "e": 5}) == [
        "b.c: 2 -> 4",
        "e: None -> 5",
    ]


def test_fingerprints_tell_weights_apart() -> None:
    one = {"a": torch.zeros(2), "b": torch.ones(2)}
    assert fingerprint(one) == fingerprint(dict(reversed(list(one.items()))))
    assert fingerprint(one) != fingerprint(one | {"a": torch.full((2,), 1e-9)})
