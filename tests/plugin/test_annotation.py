"""What a document carries: the same after a round trip, and never a stumbling block."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.annotation import KeptResult, Remembered, decode, encode
from nurie_krita.host import PLACEMENTS, Region, Source
from nurie_krita.options import GUIDANCE, SEEDS, STEPS, STYLES, OptionValues

DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
OPTIONS = st.builds(
    OptionValues,
    steps=st.integers(*STEPS),
    guidance=st.none() | st.floats(*GUIDANCE),
    seed=st.integers(*SEEDS),
    keep_seed=st.booleans(),
    style=st.sampled_from([None, *STYLES]),
    placement=st.sampled_from(PLACEMENTS),
    selection_only=st.booleans(),
    source=st.text(min_size=1),
    live_preview=st.booleans(),
    auto_apply=st.booleans(),
)
PLACES = st.integers(-100_000, 100_000)
SIDES = st.integers(1, 100_000)
REGIONS = st.builds(Region, PLACES, PLACES, SIDES, SIDES)
RESULTS = st.builds(
    KeptResult,
    png=st.binary(min_size=1),
    region=REGIONS,
    values=OPTIONS,
    source=st.builds(Source, st.text(), st.text(), st.text()),
    references=st.lists(DIGESTS).map(tuple),
    name=st.text(),
    seconds=st.floats(0, 1e6),
    layer=st.none() | st.text(),
    mask=st.binary(),
    opaque=st.booleans(),
    dark=st.booleans(),
    time=st.none() | st.integers(-1000, 100_000),
    anchor=st.none() | REGIONS,
    page=st.none() | st.tuples(SIDES, SIDES),
)
REMEMBERED = st.builds(
    Remembered, OPTIONS, st.text(), st.lists(DIGESTS).map(tuple), st.lists(RESULTS, max_size=3).map(tuple)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | DIGESTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = ("version", "set", "references", "options", "results", "mood")


@given(remembered=REMEMBERED)
def test_what_is_written_is_what_is_read(remembered: Remembered) -> None:
    data = encode(remembered.values, remembered.set_id, remembered.digests, remembered.results)
    assert decode(data) == remembered


@given(remembered=REMEMBERED)
def test_the_same_choices_are_the_same_bytes(remembered: Remembered) -> None:
    once, again = (
        encode(remembered.values, remembered.set_id, list(remembered.digests), remembered.results) for _ in range(2)
    )
    assert once == again


@given(data=st.binary())
def test_bytes_of_anybody_are_refused_or_read(data: bytes) -> None:
    assert decode(data) is None or isinstance(decode(data), Remembered)


@given(found=st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_fields_that_make_no_sense_are_skipped(found: dict[str, Any]) -> None:
    remembered = decode(json.dumps(found).encode())
    if isinstance(found.get("version"), int):
        assert isinstance(remembered, Remembered)
    else:
        assert remembered is None


def test_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    data = json.loads(encode(OptionValues(steps=8), "alice", ["ab" * 32]))
    data["version"] = 7
    data["options"]["steps"] = 12
    data["options"]["wind"] = "north"
    data["results"] = [{"format": "exr"}, 5]
    assert decode(json.dumps(data).encode()) == Remembered(OptionValues(steps=12), "alice", ("ab" * 32,))


@pytest.mark.parametrize(
    "change",
    [
        {"png": "%%%"},
        {"png": ""},
        {"mask": "%"},
        {"region": [0, 0, 0, 5]},
        {"region": [0, 0, 4]},
        {"region": [0.5, 0, 4, 4]},
    ],
)
def test_a_damaged_result_is_left_out_and_the_others_stay(change: dict[str, Any]) -> None:
    kept = [KeptResult(b"png", Region(1, 2, 3, 4), OptionValues(seed=seed)) for seed in (1, 2)]
    data = json.loads(encode(OptionValues(), "", (), kept))
    data["results"][0].update(change)
    found = decode(json.dumps(data).encode())
    assert found is not None
    assert found.results == (kept[1],)


def test_a_document_of_an_artist_who_stores_nothing_stays_small() -> None:
    assert len(encode(OptionValues(), "default", ["ab" * 32] * 16)) < 2000
