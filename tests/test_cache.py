"""The memory between calls: it computes once, holds no more than its limit, and says when things are the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.cache import Cache, digest

Floats = NDArray[np.float32]


def again() -> Floats:
    raise AssertionError("computed again")


def zeros(count: int) -> Floats:
    return np.zeros(count, np.float32)


@dataclass(frozen=True)
class Two:
    one: Floats
    other: Floats


def test_what_is_known_is_not_computed_again() -> None:
    cache = Cache()
    first = cache.get("a", lambda: zeros(3))
    assert cache.get("a", again) is first
    assert (cache.hits, cache.misses, len(cache), cache.nbytes) == (1, 1, 1, 12)


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 40)), max_size=40))
def test_it_never_holds_more_than_its_limit(calls: list[tuple[str, int]]) -> None:
    cache = Cache(limit=100)
    for key, count in calls:
        assert cache.get(f"{key}{count}", partial(zeros, count)).shape == (count,)
        assert cache.nbytes <= 100
    cache.clear()
    assert (len(cache), cache.nbytes) == (0, 0)


def test_the_least_recently_used_goes_first() -> None:
    cache = Cache(limit=24)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: zeros(3))
    assert (cache.hits, cache.misses) == (1, 3)
    cache.get("a", again)  # it was used after "b"
    cache.get("b", lambda: zeros(3))
    assert cache.misses == 4


def test_what_is_larger_than_the_limit_is_handed_out_but_not_kept() -> None:
    cache = Cache(limit=10)
    assert cache.get("a", lambda: zeros(3)).shape == (3,)
    assert len(cache) == 0


def test_dataclasses_count_with_all_their_arrays_and_other_things_are_refused() -> None:
    cache = Cache()
    cache.get("two", lambda: Two(zeros(2), zeros(3)))
    assert cache.nbytes == 20
    with pytest.raises(TypeError, match="str"):
        cache.get("text", lambda: "text")


def test_a_failure_leaves_no_trace() -> None:
    def fail() -> Floats:
        raise OSError

    cache = Cache()
    with pytest.raises(OSError):  # noqa: PT011 - it carries no text
        cache.get("a", fail)
    assert cache.get("a", lambda: zeros(1)).shape == (1,)


def test_a_digest_tells_shape_type_and_content() -> None:
    a = np.arange(6, dtype=np.float32)
    same = np.arange(12, dtype=np.float32)[:6]
    others: list[NDArray[Any]] = [a.reshape(2, 3), a.astype(np.float64), a[::-1], np.append(a[:-1], np.float32(5.5))]
    assert digest(a) == digest(same)
    assert digest(a) not in {digest(other) for other in others}
    assert digest(a, a) != digest(a)
