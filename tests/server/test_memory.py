"""What memory is given back, and what is kept apart."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nurie.server.memory import apart, give_back


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.self = self


def test_giving_back_unties_cycles() -> None:
    gc.disable()
    try:
        held = weakref.ref(Knot())
        assert held() is not None
        give_back()
        assert held() is None
    finally:
        gc.enable()


@given(st.binary(min_size=1, max_size=20_000))
def test_what_is_kept_apart_reads_as_it_was(data: bytes) -> None:
    assert bytes(apart(data)) == data


def test_pages_go_with_the_last_reference() -> None:
    def kilobytes() -> int:
        maps = Path("/proc/self/smaps_rollup").read_text()
        return int(maps.partition("Pss_Shmem:")[2].split()[0])

    before = kilobytes()
    kept = apart(bytes(range(256)) * 40_000)
    assert kilobytes() - before >= 10_000
    del kept
    assert kilobytes() - before < 1_000
