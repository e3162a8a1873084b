# SPDX-License-Identifier: GPL-3.0-or-later
"""Which references there are, by set and in order. Plain values: every change is a function from one to another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .protocol import is_digest

__all__ = ["DEFAULT_SET", "VERSION", "Entry", "Library", "ReferenceSet"]

VERSION = 1
DEFAULT_SET = "default"


@dataclass(frozen=True)
class Entry:
    """One reference: its picture by SHA-256, what the artist calls it, whether it is used. width, height: pixels."""

    digest: str
    name: str
    enabled: bool = False
    width: int = 0
    height: int = 0
    sample: bool = False


@dataclass(frozen=True)
class ReferenceSet:
    """References that belong together, mostly of one character. A picture may lie in several sets, once in each.

    name: empty for the set that is there from the start and was never named.
    """

    id: str
    name: str = ""
    entries: tuple[Entry, ...] = ()

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(entry.digest for entry in self.entries)

    @property
    def enabled(self) -> tuple[str, ...]:
        """Digests of those in use, in order."""
        return tuple(entry.digest for entry in self.entries if entry.enabled)

    def mapped(self, change: Callable[[Entry], Entry]) -> ReferenceSet:
        return replace(self, entries=tuple(change(entry) for entry in self.entries))

    def using(self, digests: Collection[str]) -> ReferenceSet:
        """With just these in use."""
        return self.mapped(lambda entry: replace(entry, enabled=entry.digest in digests))

    def without(self, digests: Collection[str]) -> ReferenceSet:
        return replace(self, entries=tuple(entry for entry in self.entries if entry.digest not in digests))

    def inserted(self, row: int, entries: Iterable[Entry]) -> ReferenceSet:
        """With these before the row; those that are here already stay where they are."""
        new = {entry.digest: entry for entry in entries if entry.digest not in self.digests}
        row = min(max(row, 0), len(self.entries))
        return replace(self, entries=(*self.entries[:row], *new.values(), *self.entries[row:]))

    def moved(self, digests: Collection[str], row: int) -> ReferenceSet:
        """With these, in the order they have, put before what is in this row now."""
        row = min(max(row, 0), len(self.entries))
        chosen = tuple(entry for entry in self.entries if entry.digest in digests)
        before = tuple(entry for entry in self.entries[:row] if entry.digest not in digests)
        after = tuple(entry for entry in self.entries[row:] if entry.digest not in digests)
        return replace(self, entries=(*before, *chosen, *after))


@dataclass(frozen=True)
class Library:
    """All sets, at least one; ``current`` is the one shown. extra: fields of a newer version, kept as they are."""

    sets: tuple[ReferenceSet, ...] = (ReferenceSet(DEFAULT_SET),)
    current: str = DEFAULT_SET
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def find(self, set_id: str) -> ReferenceSet | None:
        return next((found for found in self.sets if found.id == set_id), None)

    @property
    def shown(self) -> ReferenceSet:
        return self.find(self.current) or self.sets[0]

    @property
    def digests(self) -> frozenset[str]:
        """Every picture that is in some set."""
        return frozenset(digest for found in self.sets for digest in found.digests)

    def with_set(self, new: ReferenceSet) -> Library:
        """With this set in the place of the one of its id, or as the last."""
        if self.find(new.id) is None:
            return replace(self, sets=(*self.sets, new))
        return replace(self, sets=tuple(new if found.id == new.id else found for found in self.sets))

    def without_set(self, set_id: str) -> Library:
        """Without this set; never without any."""
        left = tuple(found for found in self.sets if found.id != set_id) or (ReferenceSet(DEFAULT_SET),)
        current = self.current if any(found.id == self.current for found in left) else left[0].id
        return replace(self, sets=left, current=current)

    def edited(self, set_id: str, edit: Callable[[ReferenceSet], ReferenceSet]) -> Library:
        """With one set changed; as it is when there is no such set."""
        found = self.find(set_id)
        return self if found is None else self.with_set(edit(found))

    def moved_to_set(self, digests: Collection[str], source: str, target: str) -> Library:
        """With these at the end of another set; as it is when one of the sets is gone."""
        origin, goal = self.find(source), self.find(target)
        if origin is None or goal is None or origin is goal:
            return self
        moved = [entry for entry in origin.entries if entry.digest in digests]
        return self.with_set(origin.without(digests)).with_set(goal.inserted(len(goal.entries), moved))

    def bringing_back(self, former: ReferenceSet, entries: Iterable[tuple[int, Entry]]) -> Library:
        """With entries that were taken from a set in their rows again, the set made anew if it is gone, and shown."""
        found = self.find(former.id) or replace(former, entries=())
        for row, entry in entries:
            found = found.inserted(row, [entry])
        return replace(self.with_set(found), current=found.id)

    def holding_most(self, digests: Collection[str], set_id: str) -> ReferenceSet:
        """The set with most of these references; the one named, or else the one shown, when several hold as many."""
        candidates = (self.find(set_id) or self.shown, self.shown, *self.sets)
        return max(candidates, key=lambda found: len(set(digests) & set(found.digests)))

    def choosing_like(self, other: Library) -> Library:
        """With the set shown and the references in use as in another library, as far as they exist here."""
        chosen = {(found.id, entry.digest): entry.enabled for found in other.sets for entry in found.entries}

        def choose(found: ReferenceSet) -> ReferenceSet:
            return found.mapped(lambda entry: replace(entry, enabled=chosen.get((found.id, entry.digest), False)))

        current = other.current if self.find(other.current) else self.shown.id
        return replace(self, sets=tuple(choose(found) for found in self.sets), current=current)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        sets = [
            {"id": found.id, "name": found.name, "references": [_entry_to_dict(entry) for entry in found.entries]}
            for found in self.sets
        ]
        return {**self.extra, "version": VERSION, "current": self.current, "sets": sets}

    @classmethod
    def from_dict(cls, data: object) -> Library:
        """What ``to_dict`` wrote; tolerant: what cannot be understood is left out."""
        if not isinstance(data, Mapping):
            return cls()
        found: dict[str, ReferenceSet] = {}
        listed = data.get("sets")
        for value in listed if isinstance(listed, list) else []:
            read = _read_set(value)
            if read is not None:
                found.setdefault(read.id, read)
        sets = tuple(found.values()) or (ReferenceSet(DEFAULT_SET),)
        current = data.get("current")
        extra = {str(key): value for key, value in data.items() if key not in ("version", "current", "sets")}
        return cls(sets, current if isinstance(current, str) and current in found else sets[0].id, extra)


def _entry_to_dict(entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {"digest": entry.digest, "name": entry.name, "width": entry.width, "height": entry.height}
    return {**data, **{name: True for name in ("enabled", "sample") if getattr(entry, name)}}


def _read_set(value: object) -> ReferenceSet | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str) or not value["id"]:
        return None
    listed = value.get("references")
    entries = [entry for item in (listed if isinstance(listed, list) else []) if (entry := _read_entry(item))]
    name = value.get("name")
    return ReferenceSet(value["id"], name if isinstance(name, str) else "").inserted(0, entries)


def _read_entry(value: object) -> Entry | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("digest"), str) or not is_digest(value["digest"]):
        return None
    name = value.get("name")
    return Entry(
        value["digest"],
        name if isinstance(name, str) and name else value["digest"][:8],
        enabled=value.get("enabled") is True,
        width=_pixels(value.get("width")),
        height=_pixels(value.get("height")),
        sample=value.get("sample") is True,
    )


def _pixels(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1_000_000 else 0
