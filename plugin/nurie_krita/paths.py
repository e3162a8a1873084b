# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the plugin keeps things: the artist's own in user data, what comes with the plugin beside its code.

An update deletes the plugin's folder, so nothing that an artist made or installed may lie there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .qt import QtCore

__all__ = ["data_folder", "languages_folder", "own_program", "samples_folder", "server_folder"]

_CODE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """The plugin's folder in the user's data, not made yet perhaps; NURIE_PLUGIN_DATA names another."""
    named = os.environ.get("NURIE_PLUGIN_DATA")
    if named:
        return Path(named)
    location = QtCore.QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QtCore.QStandardPaths.writableLocation(location)) / "krita" / "nurie"


def server_folder() -> Path:
    """Where ``setup`` puts the backend; everything in it may be deleted and set up again."""
    return data_folder() / "server"


def own_program() -> Path:
    """The backend's program as ``setup`` installs it, which need not be there."""
    return server_folder() / "current" / ("Scripts/nurie.exe" if sys.platform == "win32" else "bin/nurie")


def samples_folder() -> Path:
    """The sample pictures that come with the plugin."""
    return _CODE / "samples"


def languages_folder() -> Path:
    """The translations: one JSON file a language, named by its code."""
    return _CODE / "languages"
