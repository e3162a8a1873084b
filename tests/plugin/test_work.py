"""The bridge between threads and the GUI: it never locks up, and an end in the midst of work is a clean one."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nurie_krita.protocol import InputError, MemoryLimitError, NurieError
from nurie_krita.qt import QtCore
from nurie_krita.work import in_thread

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"
BINDING = QtCore.QObject.__module__.split(".")[0]

START = f"""
import importlib, sys, time
sys.path.insert(0, {str(PLUGIN)!r})
importlib.import_module("{BINDING}.QtWidgets")
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.work import in_thread
application = QtWidgets.QApplication([])
"""

SCALING = """
def work():
    for _ in range(300):
        time.sleep(0.001)
for _ in range(2 * QtCore.QThread.idealThreadCount() + 2):
    in_thread(work, lambda _: None, lambda error: None)
image = QtGui.QImage(1600, 1600, QtGui.QImage.Format.Format_ARGB32)
image.fill(0)
for _ in range(30):
    image.scaled(700, 700, QtCore.Qt.AspectRatioMode.KeepAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation)
    image.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)
"""

ENDING = """
def work():
    for _ in range(40):
        time.sleep(0.01)
for _ in range(2 * QtCore.QThread.idealThreadCount() + 2):
    in_thread(work, lambda _: None, lambda error: None)
QtCore.QTimer.singleShot(50, application.quit)
getattr(application, "exec", None)()
"""


@pytest.mark.parametrize("script", [SCALING, ENDING, SCALING + ENDING], ids=["scaling", "ending", "both"])
def test_a_program_neither_locks_up_nor_crashes(script: str) -> None:
    """Qt scales images on its global pool and waits for it, holding the interpreter's lock."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", START + script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_function_returns_or_raises_comes_back(qtbot: QtBot) -> None:
    told: list[object] = []

    def fail(error: Exception) -> None:
        raise error

    in_thread(lambda: 7, told.append, told.append)
    for error in (InputError("This picture is broken."), MemoryError(), ZeroDivisionError("by zero")):
        in_thread(partial(fail, error), told.append, told.append)
    qtbot.waitUntil(lambda: len(told) == 4)
    assert 7 in told
    codes = {error.code for error in told if isinstance(error, NurieError)}
    assert codes == {"bad_input", MemoryLimitError.default_code, "internal"}


def test_who_lost_interest_is_not_told(qtbot: QtBot) -> None:
    told: list[object] = []
    forgotten = in_thread(lambda: 1, told.append, told.append)
    forgotten.forget()
    in_thread(lambda: 2, told.append, told.append)
    qtbot.waitUntil(lambda: 2 in told)
    assert told == [2]
