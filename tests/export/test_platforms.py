"""Platforms and markers, against the library that pip itself decides with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.tags import Tag

from nurie_export.platforms import CELLS, PLATFORMS, PYTHONS, Cell, marker_of, on, pythons_of, tags_of


@st.composite
def universes(draw: st.DrawFn) -> frozenset[Cell]:
    platforms = draw(st.sets(st.sampled_from(sorted(PLATFORMS)), min_size=1))
    return frozenset(cell for cell in CELLS if cell.platform in platforms)


@st.composite
def without_gaps(draw: st.DrawFn, universe: frozenset[Cell]) -> frozenset[Cell]:
    found: set[Cell] = set()
    for platform in draw(st.sets(st.sampled_from(sorted({cell.platform for cell in universe})), min_size=1)):
        pythons = pythons_of(platform)
        first = draw(st.integers(0, len(pythons) - 1))
        last = draw(st.integers(first, len(pythons) - 1))
        found |= {Cell(platform, python) for python in pythons[first : last + 1]}
    return frozenset(found)


@given(st.data())
def test_a_marker_holds_where_it_was_asked_for_and_nowhere_else(data: st.DataObject) -> None:
    universe = data.draw(universes())
    cells = data.draw(without_gaps(universe))
    text = marker_of(cells, universe)
    assert {cell for cell in universe if not text or Marker(text).evaluate(cell.environment())} == cells
    assert (text == "") == (cells == universe)


def test_a_gap_has_no_marker() -> None:
    with pytest.raises(ValueError, match="gap"):
        marker_of({Cell("linux-x86_64", PYTHONS[0]), Cell("linux-x86_64", PYTHONS[2])})


def test_platforms_do_not_overlap() -> None:
    for cell in CELLS:
        assert [name for name in PLATFORMS if Marker(on(name)).evaluate(cell.environment())] == [cell.platform]


def test_compiled_before_pure_and_old_systems_before_new_ones() -> None:
    ranks = tags_of(Cell("linux-x86_64", (3, 12)))
    order = [
        Tag("cp312", "cp312", "manylinux2014_x86_64"),
        Tag("cp312", "cp312", "manylinux_2_28_x86_64"),
        Tag("cp39", "abi3", "manylinux_2_28_x86_64"),
        Tag("py3", "none", "any"),
    ]
    assert sorted(order, key=ranks.__getitem__) == order
    for stranger in ("musllinux_1_2_x86_64", "manylinux2014_aarch64", "win_amd64", "macosx_11_0_arm64"):
        assert Tag("cp312", "cp312", stranger) not in ranks
    assert Tag("cp313", "cp313", "manylinux2014_x86_64") not in ranks
    assert Tag("cp312", "cp312", "macosx_11_0_arm64") in tags_of(Cell("macos-arm64", (3, 12)))
    assert Tag("cp312", "cp312", "win_amd64") in tags_of(Cell("windows-amd64", (3, 12)))
