"""A pack's files: shards of bounded size and one index, read by mapping them into memory.

A shard is a safetensors file of some hundred pictures: one tensor per array, a row a picture, so that a row is one
contiguous extent and samples in any order are read at the disk's speed, and a shard from end to end is a stream. The
index names every shard with its bytes and SHA-256 and is written last: without it there is no pack. A shard appears
whole or not at all and carries a fingerprint of what it was made of, so that packing again goes on where it stopped.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from nurie.protocol import InputError, OutputError
from nurie.runtime.manifest import record

__all__ = [
    "INDEX",
    "Rows",
    "ShardedRows",
    "open_rows",
    "read_index",
    "shard_source",
    "verify",
    "write_index",
    "write_shard",
]

INDEX = "index.json"
FORMAT = 1

Array = NDArray[np.uint8]
Index = dict[str, Any]


class Rows(Protocol):
    """What training reads: row number ``row`` of one array, and how many there are."""

    def __getitem__(self, row: int, /) -> Array: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True)
class _Tensor:
    rows: int
    shape: tuple[int, ...]
    offset: int


@dataclass
class _Shard:
    """One mapped file; opened when first looked at, since every worker process maps the pack itself."""

    path: Path
    tensors: dict[str, _Tensor]
    mapped: Array | None = field(default=None, repr=False)

    def row(self, name: str, row: int) -> Array:
        if self.mapped is None:
            self.mapped = np.asarray(np.memmap(self.path, np.uint8, "r"))
        tensor = self.tensors[name]
        size = int(np.prod(tensor.shape))
        start = tensor.offset + row * size
        return self.mapped[start : start + size].reshape(tensor.shape)


class ShardedRows:
    """One array over all shards of a pack."""

    def __init__(self, name: str, shards: Sequence[_Shard]) -> None:
        self._name = name
        self._shards = [shard for shard in shards if name in shard.tensors]
        self._ends = list(accumulate(shard.tensors[name].rows for shard in self._shards))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, row: int, /) -> Array:
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        number = bisect_right(self._ends, row)
        return self._shards[number].row(self._name, row - (self._ends[number - 1] if number else 0))


def write_shard(path: Path, arrays: Mapping[str, Array], source: str) -> None:
    """Writes ``arrays``, u8 with rows first; ``source`` is the fingerprint of what they were made of. OutputError."""
    # One entry: safetensors writes several in any order, and equal packs should be equal files.
    _atomic(path, lambda part: save_file(dict(arrays), part, {"source": f"{FORMAT} {source}"}))


def shard_source(path: Path) -> str | None:
    """The fingerprint of what the shard at ``path`` was made of; None when there is no whole shard."""
    try:
        header, end = _header(path)
        expected = end + max((value["data_offsets"][1] for name, value in header.items() if name != "__metadata__"))
        version, source = header["__metadata__"]["source"].split()
        return str(source) if version == str(FORMAT) and path.stat().st_size == expected else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_index(folder: Path, side: int, shards: Sequence[Path], items: Sequence[Mapping[str, Any]]) -> None:
    """Makes ``folder`` a pack of the finished ``shards``: measures them, and writes the index. OutputError."""
    files = {path.name: vars(record(path)) for path in shards}
    text = json.dumps({"format": FORMAT, "side": side, "shards": files, "items": list(items)})
    _atomic(folder / INDEX, lambda part: part.write_text(text, encoding="utf-8"))


def read_index(folder: Path) -> Index:
    """The index of a pack whose shards are all there, at their size. InputError, naming what is wrong."""
    path = folder / INDEX
    try:
        index: Index = json.loads(path.read_text(encoding="utf-8"))
        version, shards = index["format"], dict(index["shards"])
        if version != FORMAT:
            raise InputError(
                f"The pack {folder} has format {version}, and this Nurie reads format {FORMAT}.",
                "Pack the pictures again, elsewhere.",
            )
        for name, entry in shards.items():
            shard = folder / name
            if not shard.is_file() or shard.stat().st_size != entry["bytes"]:
                fault = "cut short or altered" if shard.is_file() else "missing"
                raise InputError(f"The shard {shard} is {fault}.", "Pack again: what is whole is kept.")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The index {path} cannot be read.", "Make it again with nurie data pack.") from error
    return index


def open_rows(folder: Path, index: Index) -> dict[str, Rows]:
    """The arrays of the pack by name. InputError for a shard that is none."""
    shards = []
    for name in index["shards"]:
        path = folder / name
        try:
            header, end = _header(path)
            tensors = {
                key: _Tensor(value["shape"][0], tuple(value["shape"][1:]), end + value["data_offsets"][0])
                for key, value in header.items()
                if key != "__metadata__"
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"The shard {path} is damaged.", "Pack again: what is whole is kept.") from error
        shards.append(_Shard(path, tensors))
    names = dict.fromkeys(name for shard in shards for name in shard.tensors)
    return {name: ShardedRows(name, shards) for name in names}


def verify(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, what is wrong) of every shard that is not what the index says, read byte for byte. InputError."""
    try:
        shards = json.loads((folder / INDEX).read_text(encoding="utf-8"))["shards"]
        expected = {name: (entry["bytes"], entry["sha256"]) for name, entry in shards.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The index {folder / INDEX} cannot be read.", "Make it again with nurie data pack."
        ) from error
    for name, (size, sha256) in expected.items():
        path = folder / name
        if not path.is_file():
            yield name, "is missing"
        elif path.stat().st_size != size:
            yield name, "is cut short"
        elif record(path).sha256 != sha256:
            yield name, "is altered"


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """A safetensors file's header and where the tensors begin."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > 1 << 24:
            raise ValueError("the header is none")
        header = json.loads(file.read(length))
    return dict(header), 8 + length


def _atomic(path: Path, write: Callable[[Path], object]) -> None:
    """``path`` as ``write`` fills it, whole or not at all; OutputError otherwise."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}.", "Make room; what is packed so far is kept."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
