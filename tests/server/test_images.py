"""The store of uploaded images."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurie.protocol import NurieError
from nurie.server.images import ImageStore
from nurie.server.limits import Limits


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def store(**limits: int) -> ImageStore:
    return ImageStore(Limits(**limits))


def test_holding_what_is_not_there_holds_nothing() -> None:
    kept = store(stored_images=1)
    kept.put(digest(b"a"), b"a")
    with pytest.raises(NurieError) as caught:
        kept.hold([digest(b"a"), digest(b"b")])
    assert caught.value.code == "unknown_image"
    kept.put(digest(b"c"), b"c")  # so the first may go
    assert digest(b"a") not in kept


def test_the_least_recently_used_goes_first_and_what_a_job_needs_never() -> None:
    kept = store(stored_images=3)
    for data in (b"a", b"b", b"c"):
        kept.put(digest(data), data)
    kept.hold([digest(b"a")])
    assert kept.touch(digest(b"b"))
    kept.put(digest(b"d"), b"d")
    assert [digest(data) in kept for data in (b"a", b"b", b"c", b"d")] == [True, True, False, True]


def test_a_full_store_of_needed_images_says_so() -> None:
    kept = store(stored_images=1)
    kept.put(digest(b"a"), b"a")
    kept.hold([digest(b"a")])
    kept.hold([digest(b"a")])
    kept.release([digest(b"a")])
    with pytest.raises(NurieError) as caught:
        kept.put(digest(b"b"), b"b")
    assert caught.value.code == "busy"
    kept.release([digest(b"a")])
    kept.put(digest(b"b"), b"b")
    assert digest(b"a") not in kept


@settings(max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=30))
def test_the_bounds_hold(files: list[bytes]) -> None:
    kept = store(stored_bytes=100, stored_images=5)
    for data in files:
        kept.put(digest(data), data)
        assert digest(data) in kept
        assert kept.nbytes <= 100
        assert len(kept) <= 5
