# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture inside a .kra or .ora file: both are zip archives that carry all layers merged, as a PNG."""

from __future__ import annotations

import io
import zipfile
import zlib

__all__ = ["flattened"]

_MERGED = ("mergedimage.png", "preview.png")
_MAX_BYTES = 512 * 2**20


def flattened(data: bytes) -> bytes:
    """The merged PNG of a .kra or .ora file; anything else as it is."""
    if not data.startswith(b"PK"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in _MERGED:
                if name in archive.namelist() and archive.getinfo(name).file_size <= _MAX_BYTES:
                    return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        return data
    return data
