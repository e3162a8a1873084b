"""The loop itself, on a problem of two numbers."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn

from nurie.protocol import ModelError, UsageError
from nurie.training.checkpoints import differences, fingerprint, load_ema
from nurie.training.devices import precision_on
from nurie.training.journal import Journal
from nurie.training.loader import part
from nurie.training.loop import Batch, LoopConfig, Task, learning_rate, run
from nurie.training.loop_config import is_due
from nurie.training.stopping import stop_requested
from training.runs import CPU, LOOP, Line, line


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"precision": "bf16"},
        {"precision": "fp16"},
        {"decay": "cosine", "decay_from": 2},
        {"accumulate": 7, "layout": "channels_last"},
    ],
)
def test_it_learns(how: dict[str, Any], tmp_path: Path) -> None:
    task = line()
    common = {"steps": 300, "batch": 7, "learning_rate": 0.1, "ema": 0.9, "log_every": 100, "save_every": 300}
    run(task, replace(LOOP, **{**common, "decay_from": 200, **how}), tmp_path, CPU)
    for weights in (task.model.state_dict(), load_ema(tmp_path / "checkpoint.safetensors")):
        assert weights["weight"].item() == pytest.approx(3, abs=0.1)
        assert weights["bias"].item() == pytest.approx(-1, abs=0.1)


@pytest.mark.parametrize(
    ("layout", "precision", "last"),
    [
        ("auto", "fp32", False),
        ("auto", "bf16", True),
        ("channels_last", "fp32", True),
        ("contiguous", "bf16", False),
    ],
)
def test_pictures_lie_as_asked(layout: Any, precision: Any, last: bool, tmp_path: Path) -> None:
    seen: list[bool] = []
    model = nn.Conv2d(3, 4, 3)

    def loss(batch: Batch, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        answer: Tensor = model(batch["x"][:, :, None, None].expand(-1, 3, 8, 8))
        seen.append(answer.is_contiguous(memory_format=torch.channels_last))
        return answer.square().mean(), {}

    run(Task(model, Line(), loss, {}), replace(LOOP, steps=2, layout=layout, precision=precision), tmp_path, CPU)
    assert seen == [last] * 2


@pytest.mark.parametrize("native", [True, False])
def test_precision_is_what_the_processor_multiplies(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nurie.training.devices.has_native_bfloat16", lambda: native)
    assert precision_on(CPU, "auto") == ("bf16" if native else "fp32")
    assert precision_on(CPU, "fp16") == "fp16"
    assert precision_on(torch.device("mps"), "auto") == "fp32"


class Bent(nn.Module):
    """A line bent to a curve: PyTorch's own layers, alone, are not compiled."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.line = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.line(x))

    def loss(self, batch: Batch, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        error: Tensor = self(batch["x"]) - batch["y"]
        return error.square().mean(), {}


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.skipif(" " in torch.__file__, reason="torch.compile takes no path with spaces")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what it imports itself
def test_a_compiled_network_trains_as_the_plain_one(tmp_path: Path) -> None:
    from torch._inductor import config as inductor

    before = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    plain, compiled = Bent(), Bent()
    run(Task(plain, Line(), plain.loss, {}), LOOP, tmp_path / "plain", CPU)
    with inductor.patch(compile_threads=1):  # here, not in processes that outlive the test
        run(Task(compiled, Line(), compiled.loss, {}), replace(LOOP, compile=True), tmp_path / "compiled", CPU)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > before
    torch.testing.assert_close(compiled.state_dict(), plain.state_dict())


def test_a_path_with_spaces_cannot_be_compiled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__file__", "/home/a user/torch/__init__.py")
    bent = Bent()
    with pytest.raises(UsageError, match="spaces"):
        run(Task(bent, Line(), bent.loss, {}), replace(LOOP, compile=True), tmp_path, CPU)


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


@given(st.integers(0, 300), st.integers(0, 99), st.integers(100, 199), st.sampled_from(["linear", "cosine"]))
def test_learning_rate_rises_stays_and_falls(step: int, warmup: int, decay_from: int, decay: Any) -> None:
    config = LoopConfig(steps=200, warmup=warmup, decay_from=decay_from, decay=decay, learning_rate=0.5)
    assert learning_rate(config, 200) == pytest.approx(0.02 * 0.5)
    step = min(step, 198)
    now, later = learning_rate(config, step), learning_rate(config, step + 1)
    assert 0 < now <= 0.5
    if step + 1 < warmup:
        assert now < later
    elif warmup <= step < decay_from:
        assert now == 0.5
    elif step >= decay_from:
        assert now > later >= 0.02 * 0.5 or now == later == 0.02 * 0.5


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 200))
def test_something_is_due_whenever_so_many_images_are_through(steps: int, batch: int, every: int) -> None:
    """Once for each multiple of ``every``, but not twice at one step."""
    due = [step for step in range(1, steps + 1) if is_due(step, batch, every)]
    crossed = {-(-image // batch) for image in range(every, steps * batch + 1, every)} if every else set()
    assert due == sorted(crossed)


@given(st.integers(0, 99), st.integers(1, 99), st.data())
def test_parts_are_the_whole_and_nearly_equal(start: int, length: int, data: st.DataObject) -> None:
    samples, parts = range(start, start + length), data.draw(st.integers(1, length))
    cut = [part(samples, number, parts) for number in range(parts)]
    assert [n for one in cut for n in one] == list(samples)
    assert {len(one) for one in cut} <= {length // parts, -(-length // parts)}


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch": 0}, {"batch": 4, "accumulate": 3}, {"warmup": -1}])
def test_impossible_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must not be|equal parts"):
        LoopConfig(**wrong)  # type: ignore[arg-type]


def test_journal_writes_means_and_drops_what_a_resumed_run_writes_again(tmp_path: Path) -> None:
    path = tmp_path / "stats.jsonl"
    path.write_text('{"step": 1, "a": 1}\n{"step": 2, "a": 1}\n{"step": 3, "a"')
    journal = Journal(tmp_path, 1)
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
    journal.close()


def test_tensorboard_shows_the_figures_and_forgets_what_is_written_again(tmp_path: Path) -> None:
    for step in (0, 1):  # begun, killed after step 3, resumed from step 1
        journal = Journal(tmp_path, step)
        for now in range(step + 1, 4):
            journal.add({"loss": torch.tensor(10.0 * step + now)})
            journal.write(now, 0.5, 2)
        journal.show(Image.new("RGB", (4, 3), (255, 128, 0)), 3, 6)
        journal.close()
    board = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in board.Scalars("loss")] == [(1, 1), (2, 12), (3, 13)]
    assert board.Scalars("lr")[0].value == 0.5
    assert [(event.width, event.height) for event in board.Images("samples")] == [(4, 3)]
    with Image.open(tmp_path / "samples" / "000000006.png") as grid:
        assert grid.getpixel((0, 0)) == (255, 128, 0)


def test_sample_grids_show_the_averages_when_they_are_due(tmp_path: Path) -> None:
    drawn: list[float] = []

    def draw(model: nn.Module) -> Image.Image:
        assert not model.training
        drawn.append(model.state_dict()["weight"].item())
        return Image.new("RGB", (1, 1))

    task = line()
    run(replace(task, draw=draw), replace(LOOP, sample_every=4), tmp_path, CPU)  # 5 steps of 2 images
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["000000004.png", "000000008.png"]
    early = line()
    run(early, replace(LOOP, steps=4), tmp_path / "early", CPU)
    average = load_ema(tmp_path / "early" / "checkpoint.safetensors")["weight"].item()
    assert drawn[1] == average != early.model.state_dict()["weight"].item()


def test_a_batch_too_small_for_its_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Accelerator, "num_processes", 3)
    with pytest.raises(UsageError, match="batch of 2 cannot be cut into 3 parts"):
        run(line(), LOOP, tmp_path, CPU)
    assert list(tmp_path.iterdir()) == []


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
