"""Ratios and promises of a report, and its tables."""

from __future__ import annotations

import json

import pytest

from bench.reports import report, row
from nurie.bench import table
from nurie.bench.goals import goals
from nurie.bench.machine import busy
from nurie.bench.run import PEER_FLOPS, compare


def test_ratios_are_those_of_the_totals() -> None:
    auto, onnx, openvino, peer = report()["rows"]
    assert (onnx["times_peer"], openvino["times_peer"], peer["times_peer"]) == (30, 20, 1)
    assert (auto["of_best"], onnx["of_best"], openvino["of_best"], peer["of_best"]) == (1, 1, 1.5, None)
    assert onnx["of_ceiling"] == pytest.approx(5e9 / 0.05 / 200e9)
    assert peer["of_ceiling"] == pytest.approx(PEER_FLOPS / 3 / 200e9)


def test_the_best_is_looked_for_among_equal_work_only() -> None:
    found = report()
    found["rows"].append(row("torch", 0.1, steps=1))
    found["rows"].append(row("torch", 0.1, size=448))
    compare(found)
    assert found["rows"][1]["of_best"] == 1


def test_without_peer_ceiling_and_profile_nothing_is_compared_with_them() -> None:
    found = report()
    found["rows"] = found["rows"][:3]
    found["ceilings"], found["kernels"] = {}, []
    compare(found)
    assert {(one["times_peer"], one["of_ceiling"]) for one in found["rows"]} == {(None, None)}
    assert [goal["what"] for goal in goals(found)] == ["auto (onnx), times the best engine, 256 px, 4 steps"]
    found["goals"] = goals(found)
    assert "–" in table.text(found)


def test_promises_are_judged_by_what_was_found() -> None:
    kept = {goal["what"].split(",")[0]: goal["kept"] for goal in goals(report())}
    assert kept == {
        "times faster than the peer": True,
        "auto (onnx)": True,
        "time in matrix and convolution kernels": True,
    }
    slow = report()
    for one in slow["rows"][:3]:
        one["times_peer"] /= 2
    slow["rows"][0]["of_best"] = 1.3
    slow["kernels"][0]["matrix_seconds"] = 0.5
    assert not any(goal["kept"] for goal in goals(slow))


def test_promises_about_gpus_are_judged_where_one_was_measured() -> None:
    found = report()
    found["ceilings"]["cuda:0"] = {"library": "torch", "flops": {"float32": 50e12, "bfloat16": 500e12}, "bytes": 1e12}
    found["gpus"]["cuda:0"] = {"size": 256, "batch": 16, "paper_step": 1e-3, "paper_flops": 250e9, "scaling": 1.4}
    found["gpus"]["cuda:0"]["compact_steps"] = 0.015
    judged = [(round(goal["found"], 3), goal["kept"]) for goal in goals(found) if "cuda:0" in goal["what"]]
    assert judged == [(0.5, True), (15.0, True), (1.4, False)]


def test_the_table_begins_with_ratios_and_is_aligned() -> None:
    found = report()
    found["goals"] = goals(found)
    text = table.text(found)
    lines = text.splitlines()
    top = next(number for number, line in enumerate(lines) if line.lstrip().startswith("× peer"))
    header, *rows = lines[top : top + 5]
    assert header.split("  ")[0].strip() == "× peer"
    assert rows[0].split()[:4] == ["30.0", "1.00", "auto", "(onnx)"]
    end = header.index("total s") + len("total s")
    assert [line[:end].split()[-1] for line in rows] == ["1.00", "1.00", "1.50", "30.00"]
    assert "A Processor, 4 processors, 8 GiB, 4 threads" in text
    assert "ceiling of cpu: 200 GFLOP/s float32, copy 9.0 GB/s (torch)" in text
    assert "kept: times faster than the peer" in text
    assert " J" not in header  # nothing could be read


def test_markdown_has_as_many_cells_in_every_row() -> None:
    found = report()
    found["goals"] = goals(found)
    rows = [line for line in table.markdown(found).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 4
    assert len({line.count("|") for line in rows}) == 1
    assert set(rows[1]) <= set("|-: ")


def test_energy_is_a_column_where_it_was_read() -> None:
    found = report()
    found["goals"] = []
    found["rows"][0]["joules"] = 12.34
    assert " J |" in table.markdown(found).splitlines()[4]
    assert "12.3 |" in table.markdown(found)


def test_a_report_is_plain_data() -> None:
    found = report()
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(("load", "processors", "warned"), [(0.2, 4, False), (2.0, 4, False), (2.1, 4, True)])
def test_a_busy_machine_is_told(load: float, processors: int, warned: bool) -> None:
    assert (busy(load, processors) is not None) is warned
    assert busy(None, processors) is None
