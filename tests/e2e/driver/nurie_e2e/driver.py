# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the functions ``case…`` of one module, one after the other, then ends Krita the polite way."""

from __future__ import annotations

import faulthandler
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from krita import Extension, Krita

from .api import Api, Case, Steps
from .blocks import Blocks
from .qt import QT6, QtCore, QtWidgets
from .record import Record, StopCase

__all__ = ["start"]

_OUT = Path(os.environ.get("NURIE_E2E_OUT", "."))
_LAST_RESORT_MS = 15_000
_NESTED_MS, _NESTED_TIMES = 50, 600
_SIZE = (1590, 990)  # without a window manager, Krita's window does not fill the screen by itself


class _Driver(QtCore.QObject):
    def __init__(self) -> None:
        super().__init__()
        self.record = Record(_OUT / "result.json")
        self.blocks = Blocks(_OUT)
        self.api = Api(self.record, self.blocks, _OUT)
        self.steps: Iterator[int] = self._main()
        self.record.save()
        sys.excepthook = self._unhandled

    def step(self) -> None:
        if self._nested():
            QtCore.QTimer.singleShot(_NESTED_MS, self.step)
            return
        self.blocks.pause()
        try:
            ms = next(self.steps)
        except StopIteration:
            self._finish()
            return
        finally:
            self.blocks.resume()
        QtCore.QTimer.singleShot(int(ms or 0), self.step)

    def _nested(self) -> bool:
        """Whether the product is in the middle of something that has Krita turn its event loop. Krita shows a dialog
        then, and a person cannot close a document behind it; nor shall the case."""
        below = sys._getframe().f_back
        below = None if below is None else below.f_back
        if below is None:
            return False
        places = [f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" for frame, _ in traceback.walk_stack(below)]
        nested: dict[str, int] = self.record.facts.setdefault("event loop turned inside of", {})
        place = " < ".join(places[:4])
        nested[place] = nested.get(place, 0) + 1
        return nested[place] < _NESTED_TIMES

    def _main(self) -> Steps:
        self._facts()
        self.api.window.qwindow().resize(*_SIZE)
        yield 300
        for name, case in self._cases():
            yield from self._one(name, case)
            self.record.save()

    def _cases(self) -> list[tuple[str, Case]]:
        module = os.environ["NURIE_E2E_CASE"]
        sys.path.append(str(Path(os.environ["NURIE_E2E_REPOSITORY"]) / "tests"))
        try:
            found = vars(importlib.import_module(f"e2e.cases.{module}"))
        except Exception:  # noqa: BLE001 - whatever it is, it is the run's outcome
            self.record.check(f"case module {module} can be imported", False)
            self.record.traceback(module, traceback.format_exc())
            return []
        only = os.environ.get("NURIE_E2E_ONLY", "")
        cases = [(name, value) for name, value in found.items() if name.startswith("case") and callable(value)]
        return [(name, case) for name, case in cases if only in name]

    def _one(self, name: str, case: Case) -> Steps:
        start = time.monotonic()
        steps = case(self.api)
        try:
            yield from steps
            yield from self.api.close_all()
        except StopCase:
            yield from self._failed(name)
        except Exception:  # noqa: BLE001 - whatever it is, it is the case's outcome
            self.record.check(f"{name} raises nothing", False)
            self.record.traceback(name, traceback.format_exc())
            yield from self._failed(name)
        self.api.fact(f"{name} took ms", round((time.monotonic() - start) * 1000))

    def _failed(self, name: str) -> Steps:
        self.record.save()
        self.api.screenshot(f"failed {name}")
        if self.api.explain is not None:
            self.api.fact(f"explanation of {name}", self.api.explain())
        yield from self.api.close_all()

    def _facts(self) -> None:
        krita: Any = Krita.instance()
        self.api.fact("krita", krita.version())
        self.api.fact("qt", [QtCore.QT_VERSION_STR, "PyQt6" if QT6 else "PyQt5"])
        self.api.fact("python", sys.version.split()[0])
        self.api.fact("seconds to driver", round(time.time() - float(os.environ["NURIE_E2E_STARTED"]), 1))

    def _unhandled(self, kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, where))
        self.record.check("no exception goes unhandled inside Krita", False, text.strip().splitlines()[-1])
        self.record.traceback("unhandled", text)
        self.record.save()

    def _finish(self) -> None:
        self.record.save(finished=True)
        krita: Any = Krita.instance()
        for document in krita.documents():
            document.setBatchmode(True)
            document.setModified(False)
        # A dialog that somebody left open would hold Krita for ever.
        QtCore.QTimer.singleShot(_LAST_RESORT_MS, lambda: os._exit(70))
        modal = QtWidgets.QApplication.activeModalWidget()
        if modal is not None:
            modal.close()
        krita.action("file_quit").trigger()


class _Extension(Extension):  # type: ignore[misc]  # krita has no types
    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._driver: _Driver | None = None

    def setup(self) -> None:
        """Nothing before there is a window."""

    def createActions(self, _window: Any) -> None:  # noqa: N802 - Krita's name; its window dies right after
        if self._driver is None:
            self._driver = _Driver()
            QtCore.QTimer.singleShot(0, self._driver.step)


def start() -> None:
    """Called while Krita loads its plugins."""
    faulthandler.enable((_OUT / "faults.txt").open("w"))
    # The harness asks where a Krita that does not answer any more hangs.
    faulthandler.register(signal.SIGUSR1, (_OUT / "hang.txt").open("w"), all_threads=True)
    krita: Any = Krita.instance()
    krita.addExtension(_Extension(krita))
