"""Which rectangle of a page is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.document_region import MAX_PIXELS, MAX_SIDE, around, common, moved, reach, reduction, united
from nurie_krita.host import Region

SIDES = st.integers(1, 16_000)
PLACES = st.integers(-20_000, 20_000)
REGIONS = st.builds(Region, PLACES, PLACES, SIDES, SIDES)
PAGES = st.builds(Region, st.just(0), st.just(0), st.integers(64, 16_000), st.integers(64, 16_000))


def inside(one: Region, other: Region) -> bool:
    return common(one, other) == one


@given(REGIONS, REGIONS)
def test_common_lies_in_both_and_both_in_united(one: Region, other: Region) -> None:
    assert inside(one, united(one, other))
    assert inside(other, united(one, other))
    both = common(one, other)
    assert both == common(other, one)
    if both is not None:
        assert inside(both, one)
        assert inside(both, other)


@given(REGIONS, PLACES, PLACES)
def test_moving_there_and_back_changes_nothing(region: Region, dx: int, dy: int) -> None:
    assert moved(moved(region, dx, dy), -dx, -dy) == region


@given(PAGES, REGIONS)
def test_lines_on_the_page_are_always_read(page: Region, lines: Region) -> None:
    read = reach(page, lines)
    on_page = common(page, lines)
    assert on_page is None or inside(on_page, read)
    assert inside(read, Region(-page.width, -page.height, 3 * page.width, 3 * page.height))


@given(PAGES)
def test_an_empty_layer_is_read_as_the_page(page: Region) -> None:
    assert reach(page, None) == page


def test_lines_off_the_page_come_along_and_sketches_parked_beside_it_do_not() -> None:
    page = Region(0, 0, 1000, 800)
    assert reach(page, Region(-100, 0, 1100, 800)) == Region(-100, 0, 1100, 800)
    assert reach(page, Region(5000, 5000, 300, 300)) == page


def test_a_small_drawing_is_read_alone_with_a_margin() -> None:
    page = Region(0, 0, 4000, 4000)
    assert reach(page, Region(1000, 1000, 400, 600)) == Region(936, 936, 528, 728)


@given(REGIONS, REGIONS)
def test_context_of_a_selection_stays_within_the_drawing(selection: Region, drawing: Region) -> None:
    read = around(selection, drawing)
    both = common(selection, drawing)
    assert (read is None) == (both is None)
    if read is not None and both is not None:
        assert inside(read, drawing)
        assert inside(both, read)


def test_a_selection_gets_context_on_every_side() -> None:
    assert around(Region(500, 500, 400, 100), Region(0, 0, 2000, 2000)) == Region(300, 300, 800, 500)
    assert around(Region(500, 500, 10, 10), Region(0, 0, 2000, 2000)) == Region(372, 372, 266, 266)


@given(REGIONS)
def test_what_is_read_fits(region: Region) -> None:
    divide = reduction(region)
    width, height = region.width / divide, region.height / divide
    assert max(width, height) <= MAX_SIDE
    assert width * height <= MAX_PIXELS
    if divide > 1:
        before = divide - 1
        too_long = max(region.width, region.height) / before > MAX_SIDE
        assert too_long or region.width * region.height / before**2 > MAX_PIXELS


@pytest.mark.parametrize(("side", "divide"), [(64, 1), (4000, 1), (8000, 2), (16_000, 3)])
def test_large_pages_are_read_smaller(side: int, divide: int) -> None:
    assert reduction(Region(0, 0, side, side)) == divide
