"""Server-sent events: the same ones however the bytes are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.sse import Event, Parser, TooLongError

Block = tuple[str, list[str], str | None, str, bool, str]
"""An event's name, its lines, its id, a comment before it, whether fields have a space, and how lines end."""

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)
BLOCK: st.SearchStrategy[Block] = st.tuples(
    LINE,
    st.lists(LINE, min_size=1, max_size=3),
    st.none() | LINE,
    LINE,
    st.booleans(),
    st.sampled_from(["\n", "\r", "\r\n"]),
)


def written(block: Block) -> str:
    name, data, number, comment, space, end = block
    # A value's first space is dropped when it is read: one that begins with a space needs another before it.
    fields = [
        ("", comment),
        ("event", name),
        *([] if number is None else [("id", number)]),
        *(("data", d) for d in data),
    ]
    gap = " " if space else ""
    lines = [f"{field}:{gap if gap or not value.startswith(' ') else ' '}{value}" for field, value in fields]
    return end.join([*lines, "", ""])


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(places)]


def parse(parts: list[bytes]) -> tuple[list[Event], str]:
    parser = Parser()
    return [event for part in parts for event in parser.feed(part)], parser.last_id


@given(
    st.lists(BLOCK, max_size=5), st.lists(st.integers(0, 10_000), max_size=8), st.sampled_from([b"", b"\xef\xbb\xbf"])
)
def test_what_is_written_is_read_however_it_is_cut(blocks: list[Block], cuts: list[int], bom: bytes) -> None:
    data = bom + "".join(map(written, blocks)).encode()
    expected, last = [], ""
    for name, lines, number, *_ in blocks:
        last = last if number is None else number
        expected.append(Event(name or "message", "\n".join(lines), last))
    assert parse(pieces(data, cuts)) == (expected, last)
    assert parse([bytes([byte]) for byte in data]) == (expected, last)


@given(
    st.binary(max_size=80) | st.text("id:dat \r\n\0\ufeff", max_size=40).map(str.encode), st.lists(st.integers(0, 99))
)
def test_garbage_too_is_read_the_same_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    assert parse(pieces(data, cuts)) == parse([data])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data: a\n", []),
        ("data: a\n\n", [Event("message", "a")]),
        ("data\n\n", [Event("message", "")]),
        ("event: x\n\ndata: a\n\n", [Event("message", "a")]),
        (": ping\r\n\r\n", []),
        ("id: 1\0\ndata: a\n\n", [Event("message", "a")]),
        ("id: 7\n\ndata: a\n\n", [Event("message", "a", "7")]),
        ("id: 7\ndata: a\n\nid\ndata: b\n\n", [Event("message", "a", "7"), Event("message", "b")]),
        ("retry: 10\nunknown: x\ndata:  a\n\n", [Event("message", " a")]),
        ("\ufeffdata: a\n\n", [Event("message", "a")]),
        ("data: a\n\n\ufeffdata: b\n\n", [Event("message", "a")]),
    ],
)
def test_the_standards_own_cases(text: str, expected: list[Event]) -> None:
    assert Parser().feed(text.encode()) == expected


def test_an_event_without_end_is_refused() -> None:
    parser = Parser(longest=100)
    for _ in range(3):
        assert parser.feed(b"data: " + 30 * b"x" + b"\n\n")
    with pytest.raises(TooLongError):
        parser.feed(b"data: " + 101 * b"x")


def test_lines_without_end_are_refused_too() -> None:
    parser = Parser(longest=100)
    for _ in range(9):
        parser.feed(b"data: xxxx\n")
    with pytest.raises(TooLongError):
        parser.feed(b"data: xxxx\ndata: xxxx\n")
