"""Which files an ONNX graph reads its weights from: told before an engine opens them, without the onnx package.

A graph names them itself ("external data", onnx.proto), and a name such as ``../../.ssh/id_rsa`` would make the engine
read that. So the graph's protobuf is walked first, wherever it may hold a tensor: in nested graphs and functions too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from nurie.protocol import ModelError

__all__ = ["check_external_data", "locations"]

_CHILDREN: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
"""Message, then the number of a field and the message it holds: onnx.proto's numbers, which never change."""
_DEEPEST = 64
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def check_external_data(graph: Path) -> None:
    """ModelError for a graph that is missing or damaged, or that reads any file but those of its own folder."""
    try:
        names = set(locations(graph.read_bytes()))
    except FileNotFoundError:
        raise ModelError(f"The model's graph {graph} is missing.", "Install the model again.") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"The model's graph {graph} cannot be read ({error}).", "Install the model again.") from error
    for name in sorted(names):
        if name != Path(name).name or "\\" in name or ":" in name or name in ("", ".", ".."):
            raise ModelError(
                f"The model's graph {graph} wants to read {name!r}, which is not in its folder.",
                "Do not use this model; tell whoever made it.",
                code="model_unsafe",
            )


def locations(model: bytes) -> Iterator[str]:
    """Every location that a serialised ModelProto names, again for each tensor. ValueError for other bytes."""
    yield from _walk(memoryview(model), "model", 0)


def _walk(content: memoryview, message: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    for number, value in _fields(content):
        child = _CHILDREN[message].get(number)
        if child == "entry":
            entry = {key: bytes(text).decode("utf-8") for key, text in _fields(value) if key in (1, 2)}
            if entry.get(1) == "location":
                yield entry.get(2, "")
        elif child is not None:
            yield from _walk(value, child, depth + 1)


def _fields(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and bytes of each field that holds bytes; numbers are passed over."""
    place = 0
    while place < len(content):
        tag, place = _varint(content, place)
        tag &= 0xFFFFFFFF  # as protobuf's own readers do, or one could hide a field from us
        kind = tag & 7
        if kind == _VARINT:
            _, place = _varint(content, place)
            continue
        if kind == _BYTES:
            size, place = _varint(content, place)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError("it is no protobuf")
        if size > len(content) - place:
            raise ValueError("it ends too early")
        if kind == _BYTES:
            yield tag >> 3, content[place : place + size]
        place += size


def _varint(content: memoryview, place: int) -> tuple[int, int]:
    """A number of up to ten bytes, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(content):
            raise ValueError("it ends too early")
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("it is no protobuf")
