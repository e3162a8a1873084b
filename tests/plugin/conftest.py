"""Widgets without a screen, user data in a folder of the test's own, sentences in English.

``PYTEST_QT_API=pyqt5`` (or ``pyqt6``) chooses the binding.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if os.environ.get("PYTEST_QT_API") == "pyqt5":
    importlib.import_module("PyQt5.QtCore")  # before anything asks ``nurie_krita.qt``, which takes what is there


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the plugin keeps what is the artist's; it does not exist yet."""
    folder = tmp_path / "user data"
    monkeypatch.setenv("NURIE_PLUGIN_DATA", str(folder))
    return folder


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever the system speaks, and whatever a test made the plugin speak."""
    from nurie_krita import i18n

    i18n.use("en")
    yield
    i18n.use("en")
