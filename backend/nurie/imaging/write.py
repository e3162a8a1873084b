"""Writing pictures: a file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.depth import to_eight
from nurie.imaging.encode import encode_png
from nurie.protocol import OutputError

if TYPE_CHECKING:
    from nurie.imaging.layers import Stack

__all__ = ["LAYERED", "SUFFIXES", "check_output", "check_place", "save_atomic", "save_layers", "save_text_atomic"]

SUFFIXES = {".png": "PNG", ".webp": "WEBP"}
LAYERED = (".ora", ".psd")
"""Endings of files that keep layers apart."""
_WEBP_LIMIT = 16383


def check_output(path: str | os.PathLike[str]) -> Path:
    """The path, once it is plain that a picture can be written there; to be asked before the work, not after.

    Raises OutputError for an unknown suffix, a folder that is not there or not writable, and a path that is a folder.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        known = " or ".join(SUFFIXES)
        raise OutputError(f"The output {target} has no known picture suffix.", f"Let its name end in {known}.")
    return check_place(target)


def check_place(path: str | os.PathLike[str]) -> Path:
    """The path, once it is plain that a file of any kind can be written there; OutputError as `check_output` has it."""
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"The output {target} is a folder.", "Name a file in it.")
    if not target.parent.is_dir():
        raise OutputError(f"The folder of the output {target} does not exist.", "Create it first.")
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise OutputError(f"The output {target} may not be written.", "Choose another place.")
    return target


def save_atomic(image: Image.Image | NDArray[np.uint16], path: str | os.PathLike[str]) -> Path:
    """Write a picture as PNG or (lossless) WebP, whole or not at all; an older file stays until the new one is whole.
    16-bit levels (H, W, 3 or 4) are a PNG's only: a WebP takes the nearest of 8 bits.

    Raises OutputError, the target untouched and nothing left beside it. Interruptions leave nothing either.
    """
    target = check_output(path)
    if isinstance(image, np.ndarray) and target.suffix.lower() == ".webp":
        image = Image.fromarray(to_eight(image))
    if isinstance(image, Image.Image) and target.suffix.lower() == ".webp" and max(image.size) > _WEBP_LIMIT:
        raise OutputError(f"The output {target} is too large for WebP.", "Write a PNG.")
    _write_atomic(target, lambda file: _encode(image, file, target.suffix.lower()))
    return target


def save_layers(stack: Stack, path: str | os.PathLike[str]) -> Path:
    """Write layers as OpenRaster or as a Photoshop document, as `save_atomic` writes a picture; by the ending.

    UsageError for a ``.psd`` without psd-tools.
    """
    from nurie.imaging.openraster import write_openraster
    from nurie.imaging.photoshop import check_photoshop, write_photoshop

    target = check_place(path)
    photoshop = target.suffix.lower() == ".psd"
    if photoshop:
        check_photoshop(stack.shape, stack.depth)
    _write_atomic(target, lambda file: (write_photoshop if photoshop else write_openraster)(stack, file))
    return target


def save_text_atomic(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a text as UTF-8, as `save_atomic` writes a picture."""
    target = check_place(path)
    _write_atomic(target, lambda file: file.write(text.encode()))
    return target


def _write_atomic(target: Path, write: Callable[[BinaryIO], object]) -> None:
    temporary: Path | None = None
    try:
        # In the target's own folder: replacing is atomic only within one file system.
        descriptor, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=".part", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except OSError as error:
        _discard(temporary)
        reason = error.strerror or str(error)
        raise OutputError(f"The output {target} could not be written: {reason}.", "Choose another place.") from error
    except BaseException:
        _discard(temporary)
        raise


def _encode(image: Image.Image | NDArray[np.uint16], file: BinaryIO, suffix: str) -> None:
    if isinstance(image, np.ndarray) or suffix == ".png":
        file.write(encode_png(image))
    else:
        image.save(file, format="WEBP", lossless=True, method=1, quality=20)


def _mode(target: Path) -> int:
    """The permissions of the file to be replaced, or those any new file would get (mkstemp makes private ones)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _discard(temporary: Path | None) -> None:
    if temporary is not None:
        with contextlib.suppress(OSError):
            temporary.unlink()
