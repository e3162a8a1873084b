"""The arrangement of references as plain values: laws of every change."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.library import DEFAULT_SET, Entry, Library, ReferenceSet

DIGESTS = tuple(f"{number:064x}" for number in range(12))
ENTRIES = st.builds(
    Entry,
    digest=st.sampled_from(DIGESTS),
    name=st.text(min_size=1),
    enabled=st.booleans(),
    width=st.integers(0, 9999),
    height=st.integers(0, 9999),
    sample=st.booleans(),
)
LISTS = st.lists(ENTRIES, unique_by=lambda entry: entry.digest).map(tuple)
SETS = st.builds(ReferenceSet, st.text(min_size=1), st.text(), LISTS)
SUBSETS = st.sets(st.sampled_from(DIGESTS))


@st.composite
def libraries(draw: st.DrawFn) -> Library:
    sets = tuple(draw(st.lists(SETS, min_size=1, max_size=4, unique_by=lambda found: found.id)))
    return Library(sets, draw(st.sampled_from(sets)).id)


FIELDS = ("id", "name", "digest", "references", "width", "x")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(DIGESTS),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["id", "name", "digest", "references", "x"]), inner)
    ),
    max_leaves=12,
)


@given(library=libraries())
def test_what_is_written_is_what_is_read(library: Library) -> None:
    assert Library.from_dict(json.loads(json.dumps(library.to_dict()))) == library


@given(data=st.dictionaries(st.sampled_from(["version", "current", "sets"]), JSON) | JSON)
def test_any_json_is_a_library(data: Any) -> None:
    library = Library.from_dict(data)
    assert library.find(library.current) is library.shown
    assert all(len(set(found.digests)) == len(found.digests) for found in library.sets)
    assert Library.from_dict(library.to_dict()) == library


@given(library=libraries(), extra=JSON)
def test_fields_of_a_newer_version_survive_an_older_one(library: Library, extra: Any) -> None:
    data = {**library.to_dict(), "tags": extra}
    read = Library.from_dict(json.loads(json.dumps(data)))
    assert json.dumps(read.edited(read.current, lambda found: found).to_dict()["tags"]) == json.dumps(extra)


@given(found=SETS, chosen=SUBSETS, row=st.integers(-2, 15))
def test_moving_changes_the_order_and_nothing_else(found: ReferenceSet, chosen: set[str], row: int) -> None:
    moved = found.moved(chosen, row)
    assert sorted(moved.entries, key=lambda entry: entry.digest) == sorted(
        found.entries, key=lambda entry: entry.digest
    )
    for of in (chosen, set(DIGESTS) - chosen):
        assert [d for d in moved.digests if d in of] == [d for d in found.digests if d in of]
    together = [row for row, digest in enumerate(moved.digests) if digest in chosen]
    assert together == list(range(together[0], together[0] + len(together))) if together else True


@given(found=SETS, digest=st.sampled_from(DIGESTS), row=st.integers(0, 12))
def test_one_is_moved_before_what_was_in_the_row(found: ReferenceSet, digest: str, row: int) -> None:
    if digest in found.digests and row < len(found.entries) and found.digests[row] != digest:
        target = found.digests[row]
        moved = found.moved({digest}, row).digests
        assert moved.index(digest) + 1 == moved.index(target)


@given(library=libraries(), chosen=SUBSETS)
def test_what_is_removed_can_be_brought_back_as_it_was(library: Library, chosen: set[str]) -> None:
    shown = library.shown
    taken = [(row, entry) for row, entry in enumerate(shown.entries) if entry.digest in chosen]
    left = library.edited(shown.id, lambda found: found.without(chosen))
    assert not set(left.shown.digests) & chosen
    assert left.bringing_back(shown, taken) == library


@given(library=libraries())
def test_a_removed_set_can_be_brought_back(library: Library) -> None:
    shown = library.shown
    left = library.without_set(shown.id)
    assert left.sets
    assert left.find(left.current) is not None
    if len(library.sets) > 1:
        assert left.find(shown.id) is None
    back = left.bringing_back(shown, enumerate(shown.entries))
    assert back.shown == shown


@given(library=libraries(), chosen=SUBSETS)
def test_moving_to_another_set_loses_nothing(library: Library, chosen: set[str]) -> None:
    source, target = library.sets[0].id, library.sets[-1].id
    after = library.moved_to_set(chosen, source, target)
    assert after.digests == library.digests
    if source != target:
        origin, goal = after.find(source), after.find(target)
        assert origin is not None
        assert goal is not None
        assert not set(origin.digests) & chosen
        assert set(goal.digests) >= set(library.sets[0].digests) & chosen


@given(disk=libraries(), mine=libraries())
def test_another_kritas_changes_are_taken_over_but_not_its_choices(disk: Library, mine: Library) -> None:
    both = disk.choosing_like(mine)
    assert [found.digests for found in both.sets] == [found.digests for found in disk.sets]
    chosen = {(found.id, digest) for found in mine.sets for digest in found.enabled}
    for found in both.sets:
        assert set(found.enabled) == {digest for digest in found.digests if (found.id, digest) in chosen}
    assert both.current == (mine.current if disk.find(mine.current) else disk.shown.id)


def test_there_is_always_a_set() -> None:
    assert Library().shown.id == DEFAULT_SET
    assert Library().without_set(DEFAULT_SET).shown.id == DEFAULT_SET


def test_a_documents_references_are_found_in_the_set_that_holds_most() -> None:
    one = ReferenceSet("one", "", (Entry(DIGESTS[0], "a"), Entry(DIGESTS[1], "b")))
    two = ReferenceSet("two", "", (Entry(DIGESTS[1], "b"), Entry(DIGESTS[2], "c")))
    library = Library((one, two), "one")
    assert library.holding_most([DIGESTS[1]], "two") is two
    assert library.holding_most([DIGESTS[1]], "gone") is one
    assert library.holding_most([DIGESTS[1], DIGESTS[2]], "one") is two
