"""The training step's benchmark: every variant does the same work, in processes of their own."""

from __future__ import annotations

from typing import Any

import pytest

from nurie.bench import trainings
from nurie.bench.processes import run_worker

TINY = {"steps": 1, "batch": 2, "crop": 32, "reference": 32}


@pytest.mark.timeout(600)
def test_both_steps_learn_alike_from_the_same_batch() -> None:
    """The losses of three steps: after the first, each depends on what the optimiser did before."""
    task = {"model": "compact", "device": "cpu", **TINY, "profile": True}
    plain, ours = (run_worker("training", {**task, "variant": variant}) for variant in trainings.VARIANTS[:2])
    assert len(plain["losses"]) == 4
    assert plain["losses"][0] == ours["losses"][0]
    assert ours["losses"] == pytest.approx(plain["losses"], rel=0.02)
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
    report["variants"] = {
        "plain": {
            "times_plain": 1.0,
            "samples_per_second": 4.0,
            "first": 1.0,
            "of_ceiling": 0.6,
            "shares": {"aten::convolution": 0.7},
        },
        "nurie": {"times_plain": 1.25, "samples_per_second": 5.0, "first": 1.0, "of_ceiling": 0.75},
    }
    text = trainings.text(report)
    assert "75 %" in text
    assert "plain: aten::convolution 70 %" in text
    assert text.endswith("MISSED: 1.25 times the plain loop (asked: 2)")
    report["variants"]["nurie"]["times_plain"] = 2.5
    assert trainings.text(report, markdown=True).endswith("kept: 2.50 times the plain loop (asked: 2)")
