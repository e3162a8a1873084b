"""What was promised about speed, and whether a report keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nurie.bench.cases import PEER
from nurie.bench.jobs import PEER_SIZE
from nurie.bench.statistics import ratio

__all__ = ["goals"]

MODEL = "compact"


def goals(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every promise that the report can judge: ``what``, ``asked`` and ``found`` (numbers), ``kept``.

    On the CPU, at the peer's working size where it was measured.
    """
    ours = [row for row in report["rows"] if row["model"] == MODEL and row["device"] == "cpu"]
    small = [row for row in ours if row["size"] == PEER_SIZE]
    found = []
    default = [row for row in small if row["asked"] == "auto"]
    if default and any(row["engine"] == PEER for row in report["rows"]):
        best = max(row["times_peer"] for row in default)
        found.append(_at_least(f"times faster than the peer, auto ({default[0]['engine']})", 25, best))
    for row in (row for row in ours if row["asked"] == "auto"):
        what = f"auto ({row['engine']}), times the best engine, {row['size']} px, {row['steps']} steps"
        found.append(_at_most(what, 1.2, row["of_best"]))
    for one in report["kernels"]:
        what = (
            f"time in matrix and convolution kernels, {one['engine']} {one['device']}, {one['model']}, {one['size']} px"
        )
        found.append(_at_least(what, 0.6, ratio(one["matrix_seconds"], one["seconds"]) or 0.0))
    for device, one in report["gpus"].items():
        ceiling = report["ceilings"][device]["flops"]["bfloat16"]
        share = one["paper_flops"] / one["paper_step"] / ceiling
        found.append(_at_least(f"paper, {one['size']} px, bfloat16, share of the ceiling, {device}", 0.4, share))
        found.append(_at_most(f"compact, four steps in ms, {device}", 20, 1000 * one["compact_steps"]))
        found.append(
            _at_most(f"paper, batch of {one['batch']}, times its share of single steps, {device}", 1.3, one["scaling"])
        )
    return found


def _at_least(what: str, asked: float, found: float) -> dict[str, Any]:
    return {"what": what, "asked": f"at least {asked:g}", "found": found, "kept": found >= asked}


def _at_most(what: str, asked: float, found: float) -> dict[str, Any]:
    return {"what": what, "asked": f"at most {asked:g}", "found": found, "kept": found <= asked}
