# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour spaces. Pixels are converted in a clone of the document only: in the document itself each conversion is an
entry in the artist's undo history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .host import Region
from .i18n import tr
from .protocol import NurieError
from .qt import QtCore

__all__ = [
    "GrayError",
    "blends_as_srgb",
    "is_gray",
    "is_srgb8",
    "scratch",
    "space_of",
    "to_rgb",
    "to_srgb",
    "to_srgb8",
]

_SRGB = "sRGB-elle-V2-srgbtrc.icc"
_SRGB8 = ("RGBA", "U8", _SRGB)
_SAME_AS_SRGB = {_SRGB, "sRGB-elle-V4-srgbtrc.icc", "sRGB built-in"}
_LINEAR = "sRGB-elle-V2-g10.icc"
_SETTLE_MS = 300


class GrayError(NurieError):
    """A greyscale document cannot show colours."""

    default_code = "gray_document"

    def __init__(self) -> None:
        super().__init__(
            tr("This drawing is greyscale and cannot show colors."), tr("Convert it to RGB, then apply the colors.")
        )


def space_of(thing: Any) -> tuple[str, str, str]:
    """Model, depth and profile of a document or a layer."""
    return thing.colorModel(), thing.colorDepth(), thing.colorProfile()


def is_srgb8(thing: Any) -> bool:
    """Whether a document or layer holds what QImage's Format_ARGB32 holds, byte for byte."""
    model, depth, profile = space_of(thing)
    return (model, depth) == ("RGBA", "U8") and profile in _SAME_AS_SRGB


def blends_as_srgb(thing: Any, mode: str) -> bool:
    """Whether a blending mode does in its colour space what it does in sRGB. Multiply does so in RGB of any curve, to a
    few levels; Addition needs that very curve; in CMYK and Lab both do something else."""
    model, _, profile = space_of(thing)
    return mode == "normal" or (model == "RGBA" and (mode == "multiply" or profile in _SAME_AS_SRGB))


def is_gray(document: Any) -> bool:
    return bool(document.colorModel() == "GRAYA")


@contextmanager
def scratch(document: Any) -> Iterator[Any]:
    """A clone that shares its pixels with the document and in which anything may be done. It is not shown, is in no
    list of documents, and is closed once Krita had time to finish: sooner crashes it."""
    clone = document.clone()
    clone.setBatchmode(True)
    try:
        yield clone
    finally:
        QtCore.QTimer.singleShot(_SETTLE_MS, lambda: _close(clone))


def _close(clone: Any) -> None:
    if not clone.tryBarrierLock():  # Krita's threads are at work in it, as they may be for many seconds
        QtCore.QTimer.singleShot(_SETTLE_MS, lambda: _close(clone))
        return
    clone.unlock()
    clone.waitForDone()
    clone.setModified(False)
    clone.close()


def to_srgb8(clone: Any, data: QtCore.QByteArray, space: tuple[str, str, str], region: Region) -> QtCore.QByteArray:
    """Pixels of a colour space as 8-bit sRGB, converted by Krita in a layer of the clone."""
    layer = clone.createNode("conversion", "paintlayer")
    if space_of(layer) != space:
        layer.setColorSpace(*space)
    layer.setPixelData(data, 0, 0, region.width, region.height)
    layer.setColorSpace(*_SRGB8)
    pixels: QtCore.QByteArray = layer.pixelData(0, 0, region.width, region.height)
    return pixels


def to_srgb(layer: Any) -> None:
    """Make an empty layer of a clone take 8-bit sRGB pixels."""
    if not is_srgb8(layer):
        layer.setColorSpace(*_SRGB8)


def to_rgb(document: Any) -> None:
    """Turn a document to RGB at its own depth; the artist can undo it. Half and full floats become linear, as Krita's
    own default for them is."""
    depth = document.colorDepth()
    document.setColorSpace("RGBA", depth, _LINEAR if depth.startswith("F") else _SRGB)
    document.waitForDone()
    document.setModified(True)
