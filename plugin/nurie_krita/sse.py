# SPDX-License-Identifier: GPL-3.0-or-later
"""Server-sent events, parsed as they come: https://html.spec.whatwg.org/multipage/server-sent-events.html

Pure: bytes in, events out. However the bytes are cut into pieces, the events are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Event", "Parser", "TooLongError"]

_BOM = b"\xef\xbb\xbf"
_LONGEST = 4 << 20
"""Bytes of one event; a preview of 256 px takes some 20 000."""


class TooLongError(ValueError):
    """An event without end: whoever sends this does not speak our language."""


@dataclass(frozen=True)
class Event:
    """One event; ``id`` is the last one that the stream named up to here, empty if none."""

    name: str
    data: str
    id: str = ""


class Parser:
    """Feed it pieces; an event left incomplete when the stream ends is dropped, as the standard wants."""

    def __init__(self, longest: int = _LONGEST) -> None:
        self.last_id = ""
        self._longest = longest
        self._rest = bytearray()
        self._begun = False
        self._after_cr = False
        self._name = ""
        self._id = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[Event]:
        """The events that this piece completes. TooLongError when one grows beyond ``longest`` bytes."""
        self._rest += piece
        if not self._begun:
            if len(self._rest) < len(_BOM) and _BOM.startswith(self._rest):
                return []
            self._begun = True
            if self._rest.startswith(_BOM):
                del self._rest[: len(_BOM)]
        events = [event for line in self._lines() if (event := self._line(line)) is not None]
        if self._size + len(self._rest) > self._longest:
            raise TooLongError(f"an event of more than {self._longest} bytes")
        return events

    def _lines(self) -> Iterator[str]:
        """The whole lines so far; they end in LF, CR or CR LF, and a CR need not wait for the LF that may follow."""
        start, rest = 0, self._rest
        if self._after_cr and rest:
            start = rest.startswith(b"\n")
            self._after_cr = False
        for line in bytes(rest[start:]).splitlines(keepends=True):
            if line[-1:] not in b"\r\n":
                break
            start += len(line)
            self._after_cr = line.endswith(b"\r")
            yield line.rstrip(b"\r\n").decode("utf-8", errors="replace")
        del rest[:start]
        if rest:
            self._after_cr = False

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        self._size += len(line)
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self) -> Event | None:
        self.last_id = self._id
        name, data = self._name, self._data
        self._name, self._data, self._size = "", [], 0
        return Event(name or "message", "\n".join(data), self.last_id) if data else None
