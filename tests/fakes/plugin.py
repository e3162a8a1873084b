"""What the tests of the plugin's backend share: commands that start one, and waiting with Qt's event loop running."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pytestqt.qtbot import QtBot

from fakes.service import PATIENCE
from nurie_krita.coloring import Coloring
from nurie_krita.inputs import ColoringRequest
from nurie_krita.patience import Patience
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.qt import QtCore, QtGui

__all__ = ["HASTY", "REPOSITORY", "alive", "backend", "colored", "command", "drawing", "reference", "request", "wait"]

REPOSITORY = Path(__file__).resolve().parents[2]

HASTY = Patience(restarts=(0.0, 0.01, 0.02), retries=(0.0, 0.01, 0.02))
"""Loses no time between tries, and is as patient as ever with a busy machine."""


def command(*program: str) -> tuple[str, ...]:
    """Start ``python -m PROGRAM`` with this repository's code; through ``env``, as the plugin passes no PYTHONPATH on.

    Nobody's settings are read, and ONNX Runtime, which every installation has, runs the model.
    """
    path = os.pathsep.join([str(REPOSITORY / "backend"), str(REPOSITORY / "tests")])
    variables = f"PYTHONPATH={path}", "NURIE_SETTINGS=/nonexistent/settings.toml", "NURIE_ENGINE=onnx"
    return ("/usr/bin/env", *variables, sys.executable, "-m", *(program or ("nurie",)))


@contextmanager
def backend(qtbot: QtBot, settings: BackendSettings, patience: Patience = HASTY) -> Iterator[Backend]:
    """A backend, not yet started; gone, process and all, at the block's end."""
    made = Backend(settings, None, patience)
    pids: set[int] = set()
    made.state_changed.connect(lambda state: pids.update({made.pid} if made.pid else ()))
    try:
        yield made
    finally:
        made.stop()
        wait(qtbot, lambda: not any(map(alive, pids)))


def alive(pid: int) -> bool:
    """Whether a process still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    """Let Qt work until something is so."""
    qtbot.waitUntil(lambda: bool(condition()), timeout=round(PATIENCE * 1000))


def drawing(width: int = 40, height: int = 50) -> QtGui.QImage:
    """Black lines on nothing."""
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(image)
    painter.setPen(QtGui.QPen(QtGui.QColor("black"), 2))
    painter.drawEllipse(QtCore.QRectF(width * 0.1, height * 0.1, width * 0.8, height * 0.8))
    painter.end()
    return image


def reference() -> bytes:
    """A PNG file."""
    from fakes import pictures
    from fakes.service import png

    return png(pictures.reference())


def request(width: int = 40, height: int = 50, *, steps: int | None = 2, **others: object) -> ColoringRequest:
    """A small drawing and one reference."""
    return ColoringRequest(drawing(width, height), [reference()], steps=steps, **others)  # type: ignore[arg-type]


def colored(qtbot: QtBot, coloring: Coloring) -> list[QtGui.QImage]:
    """Run it to its end, whichever; the pictures that it gave."""
    pictures: list[QtGui.QImage] = []
    coloring.done.connect(pictures.append)
    coloring.start()
    wait(qtbot, lambda: coloring.ended)
    return pictures
