"""The GPU's part of the benchmark, on the CPU: the same calls, without the graph."""

from __future__ import annotations

import pytest

from nurie.bench.processes import run_worker


@pytest.mark.timeout(600)
def test_the_networks_alone_are_measured_and_counted() -> None:
    task = {"device": "cpu", "paper": "compact", "compact": "compact", "size": 32, "batch": 2}
    found = run_worker("gpu", task)
    assert (found["size"], found["batch"]) == (32, 2)
    assert found["paper_step"] > 0
    assert found["compact_steps"] > 0
    assert found["scaling"] > 0
    # 4.65 GFLOP at 256 px, of which a 64th is left.
    assert found["paper_flops"] == pytest.approx(4.65e9 / 64, rel=0.05)
