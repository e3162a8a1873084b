"""The paper's counts, to the digit."""

from __future__ import annotations

import pytest

from nurie.model.parameters import Row, rows, table

PAPER = rows("paper")
TOTALS = {
    "Reference U-Net: total": 8_304_256,
    "Denoising U-Net: total": 54_803_347,
    "PSC: total": 104_145_030,
    "PSC: needed at inference": 37_762_886,
}


@pytest.mark.parametrize("row", PAPER, ids=lambda row: row.component)
def test_every_row_of_the_paper_is_reproduced(row: Row) -> None:
    assert row.ours == row.paper


def test_the_totals_are_the_published_ones() -> None:
    assert {row.component: row.paper for row in PAPER if row.component in TOTALS} == TOTALS


@pytest.mark.parametrize("network", ["Reference U-Net", "Denoising U-Net"])
@pytest.mark.parametrize("preset", ["paper", "compact"])
def test_rows_sum_to_their_total(preset: str, network: str) -> None:
    counts = [row.ours for row in rows(preset) if row.component.startswith(network)]
    assert sum(counts[:-1]) == counts[-1]


def test_compact_keeps_its_budget() -> None:
    counts = {row.component: row.ours for row in rows("compact")}
    assert counts["Denoising U-Net: total"] <= 6_000_000
    assert counts["Reference U-Net: total"] <= 1_300_000
    # Two bytes a weight: at most 20 MB with the matcher.
    assert sum(count for name, count in counts.items() if name.endswith("total")) <= 10_000_000


def test_table_prints_ours_beside_the_papers() -> None:
    lines = table(["paper"]).splitlines()
    assert lines[1].split()[-3:] == ["224,256", "224,256", "equal"]
    assert sum(line.endswith("equal") for line in lines) == len(PAPER)


def test_unknown_presets_are_refused() -> None:
    with pytest.raises(KeyError):
        rows("huge")
