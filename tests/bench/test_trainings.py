"""The training step's benchmark: every variant does the same work, in processes of their own."""

from __future__ import annotations

from typing import Any

import pytest

from nurie.bench import trainings
from nurie.bench.processes import run_worker

TINY = {
    "matcher": {"steps": 1, "batch": 2, "side": 32},
    "denoiser": {"steps": 1, "batch": 2, "crop": 32, "reference": 32},
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("network", TINY)
def test_both_steps_learn_alike_from_the_same_batch(network: str) -> None:
    """The losses of three steps: after the first, each depends on what the optimiser did before."""
    task = {"model": "compact", "device": "cpu", "network": network, **TINY[network], "profile": True}
    plain, ours = (run_worker("training", {**task, "variant": variant}) for variant in trainings.VARIANTS[:2])
    assert len(plain["losses"]) == 4
    assert plain["precision"] == "fp32"
    assert ours["losses"][0] == pytest.approx(plain["losses"][0], rel=1e-6 if ours["precision"] == "fp32" else 0.02)
    assert ours["losses"] == pytest.approx(plain["losses"], rel=0.05)
    assert ours["losses"][-1] < ours["losses"][0]
    assert plain["flops"] == ours["flops"] > 1e8
    for found in (plain, ours):
        assert found["samples_per_second"] > 0
        assert 0.5 < sum(found["shares"].values()) <= 1


def test_the_table_says_whether_the_promise_is_kept() -> None:
    machine: dict[str, Any] = {
        "nurie": "1",
        "date": "d",
        "processor": "p",
        "processors": 1,
        "threads": 1,
        "memory_bytes": None,
    }
    machine |= {"load": None, "system": "s", "python": "3", "versions": {}}
    report: dict[str, Any] = {"machine": machine, "warnings": [], "rounds": 3, "model": "compact", "device": "cpu"}
    figures = {"samples_per_second": 4.0, "first": 1.0, "precision": "fp32"}
    report["networks"] = {
        "matcher": {
            "plain": {**figures, "times_plain": 1.0, "of_ceiling": 0.6, "shares": {"aten::convolution": 0.7}},
            "nurie": {**figures, "times_plain": 1.25, "of_ceiling": 0.75},
        }
    }
    text = trainings.text(report)
    assert "75 %" in text
    assert "matcher, plain: aten::convolution 70 %" in text
    assert text.endswith("MISSED: 1.25 times the plain loop (asked: 2)")
    report["networks"]["matcher"]["nurie"]["times_plain"] = 2.5
    assert trainings.text(report, markdown=True).endswith("kept: 2.50 times the plain loop (asked: 2)")
