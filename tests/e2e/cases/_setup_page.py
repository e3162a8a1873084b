# SPDX-License-Identifier: GPL-3.0-or-later
"""The setup in the Colorize docker as a person uses it, and the package index beside it, which can have bad days."""

from __future__ import annotations

import importlib
import json
import os
import time
import urllib.request
from typing import Any

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtWidgets

from e2e.cases._panel import Panel

__all__ = ["PATIENCE", "SetupPage", "control", "top_level"]

PATIENCE = 600_000
_BLOCK = 100.0
"""Milliseconds of processor time in which nobody else on the GUI thread gets a turn."""
_CONTROL = QtCore.Qt.KeyboardModifier.ControlModifier


def control(**wishes: object) -> int:
    """Make the index slow, dead, … (see ``fakes.package_index``); the bytes of files that it has sent so far."""
    request = urllib.request.Request(os.environ["NURIE_E2E_CONTROL"], data=json.dumps(wishes).encode())  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the test's own address
        return int(json.load(answer)["sent"])


def top_level(name: str, kind: type[Any] = QtWidgets.QWidget) -> Any:
    """A window of this kind, or name, that is shown; None without one."""
    shown = [found for found in QtWidgets.QApplication.topLevelWidgets() if found.isVisible()]
    return next((found for found in shown if isinstance(found, kind) and name in ("", found.objectName())), None)


class SetupPage:
    """The docker of the active window, with the setup in it."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.panel = Panel(api)
        self.pages: Any = self.panel.pages
        self.widget: Any = self.pages.setup
        self.setup: Any = importlib.import_module("nurie_krita.register")._application.setup
        api.explain = lambda: f"{self.setup.state}\n{self.notice}\n{self.panel.backend.diagnostics()}"

    @property
    def shown(self) -> bool:
        return bool(self.pages.currentWidget() is self.widget)

    @property
    def text(self) -> str:
        """What the one button says."""
        return str(self.widget.primary.text())

    @property
    def notice(self) -> str:
        """The sentence that is shown, with its advice, or nothing."""
        notice = self.widget.notice
        return f"{notice.text.text()} {notice.advice.text()}".strip() if notice.isVisible() else ""

    @property
    def share(self) -> float:
        """Of the download."""
        state = self.setup.state
        return state.done / state.total if state.total else 0.0

    def open(self) -> Steps:
        """Show it, with the room that an artist gives it, and wait until the computer was looked at."""
        yield from self.panel.open()
        yield from self._api.until("the setup is shown", lambda: self.shown, 20_000)
        yield from self._api.until("it says what it would do", lambda: self.widget.facts.isVisible(), 20_000)

    def use_index(self) -> Steps:
        """Unfold "Advanced" and paste the address of the index."""
        heading = self.widget.fold.heading
        if not self.widget.fold.open:
            self._api.hands.click(heading)
            yield 200
        field = self.widget.advanced.index
        self.widget.scroller.reveal(field)
        yield 100
        clipboard = QtWidgets.QApplication.clipboard()
        assert clipboard is not None
        clipboard.setText(os.environ["NURIE_E2E_INDEX"])
        self._api.hands.click(field)
        field.setFocus()
        self._api.hands.key(field, QtCore.Qt.Key.Key_A, _CONTROL)
        self._api.hands.key(field, QtCore.Qt.Key.Key_V, _CONTROL)
        self._api.hands.key(field, QtCore.Qt.Key.Key_Return)
        yield 100
        self._api.equal("the index is taken", field.text(), os.environ["NURIE_E2E_INDEX"])
        self._api.hands.click(heading)
        yield 200

    def press(self) -> Steps:
        """Click the one button."""
        yield 100
        self._api.hands.click(self.widget.primary)
        yield 50

    def until_share(self, share: float) -> Steps:
        """Until so much of the download is there."""
        yield from self._api.until(f"{share:.0%} are downloaded", lambda: self.share >= share, PATIENCE)

    def until_stage(self, stage: str) -> Steps:
        yield from self._api.until(f"it comes to {stage}", lambda: self.setup.state.stage == stage, PATIENCE)

    def until_at_rest(self) -> Steps:
        """Until nothing is done any more, well or not."""
        yield from self._api.until("it ends", lambda: not self.setup.state.busy, PATIENCE)
        yield 200

    def until_ready(self, name: str = "set up") -> Steps:
        """Until the panel is back; the times of the stages become facts."""
        begin, seen, blocked, busiest = time.monotonic(), "", "", 0.0
        self._api.blocks.reset()
        while self.setup.state.busy and time.monotonic() - begin < PATIENCE / 1000:
            if self.setup.state.stage != seen:
                seen = self.setup.state.stage
                self._api.fact(f"{name}: s until {seen}", round(time.monotonic() - begin, 1))
            blocked, busiest = str(self._api.blocks), self._api.blocks.busiest
            yield 50
        self._api.fact(f"{name}: GUI thread blocked at most ms", blocked)
        self._api.check(f"{name}: the GUI thread is free", busiest < _BLOCK, blocked)
        self._api.fact(f"{name}: s until ready", round(time.monotonic() - begin, 1))
        self._api.equal(f"{name}: no complaint", str(self.setup.state.error or ""), "")
        self._api.require(f"{name}: ready", self.setup.state.name == "ready", self.setup.state)
        self._api.check(f"{name}: the panel is back", not self.shown)
