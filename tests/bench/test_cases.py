"""Which cases there are, and in which order they take turns."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie.bench.cases import Case, grid, turns
from nurie.protocol import UsageError


@given(st.lists(st.integers(), unique=True, max_size=8), st.integers(1, 8))
def test_every_round_has_every_case_once(items: list[int], rounds: int) -> None:
    order = list(turns(items, rounds))
    for number in range(rounds):
        assert Counter(order[number * len(items) : (number + 1) * len(items)]) == Counter(items)


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=8))
def test_over_as_many_rounds_as_cases_each_has_every_place_once(items: list[int]) -> None:
    size = len(items)
    order = list(turns(items, size))
    for item in items:
        places = [position % size for position, one in enumerate(order) if one == item]
        assert sorted(places) == list(range(size))


def test_nothing_takes_no_turns() -> None:
    assert list(turns([], 3)) == []


def test_the_grid_holds_what_policies_allow() -> None:
    cases = grid(["onnx", "openvino", "torch"], ["cpu", "cuda"], ["compact"], [256, None], (1, 4))
    assert len(cases) == len(set(cases))
    assert Case("openvino", "cpu", "compact", 256, (1, 4)) in cases
    assert {case.device for case in cases if case.engine == "torch"} == {"cpu", "cuda:0"}
    assert {case.device for case in cases if case.engine == "openvino"} == {"cpu"}
    assert {case.size for case in cases} == {256, None}


def test_auto_is_a_case_on_every_device() -> None:
    assert [case.device for case in grid(["auto"], ["cpu", "cuda:1"], ["compact"], [None], (4,))] == ["cpu", "cuda:1"]


@pytest.mark.parametrize("device", ["auto", "gpu"])
def test_a_device_must_have_a_name(device: str) -> None:
    with pytest.raises(UsageError):
        grid(["onnx"], [device], ["compact"], [None], (4,))
