# SPDX-License-Identifier: GPL-3.0-or-later
"""What may come between the click and the layer: a cancel, a dead backend, a document that is closed, a deleted layer.

Nothing of it may cost the artist anything, and the next colouring has to work as if nothing had been.
"""

from __future__ import annotations

import os
import signal

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtWidgets

from e2e.cases._panel import Panel, drawing

SECONDS = 1800
_LONG = 50
"""Steps of a colouring that never gets to its end."""
_ENOUGH = 10
"""Steps of one that does: enough to do something meanwhile."""


def _until_it_runs(api: Api, panel: Panel) -> Steps:
    yield from api.wait_for(lambda: "step" in panel.button.text() or panel.notice, 180_000)
    api.require("steps are done", "step" in panel.button.text(), panel.notice)


def case_cancel(api: Api) -> Steps:
    document = yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=_LONG)
    names, history = api.names(document), api.history()
    document.setModified(False)
    yield from panel.press()
    yield from _until_it_runs(api, panel)
    api.screenshot("running", panel.docker)
    yield from panel.press()
    yield from panel.finished(20_000)
    api.equal("no layer", api.names(document), names)
    api.equal("no entry in the history", api.history(), history)
    api.check("the document does not count as changed", not document.modified())
    api.check("no picture over the canvas", panel.overlay() is None)
    api.equal("no complaint", panel.notice, "")
    yield from panel.set_steps(1)
    yield from panel.colorize()
    api.equal("the next one works", len(api.names(document)), len(names) + 1)


def case_cancel_before_the_first_step(api: Api) -> Steps:
    document = yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=1)
    names = api.names(document)
    yield from panel.press()
    yield from panel.press()
    yield from panel.finished(20_000)
    yield 3000
    api.equal("no layer, not later either", api.names(document), names)
    api.equal("no complaint", panel.notice, "")


def case_backend_killed(api: Api) -> Steps:
    document = yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=_ENOUGH)
    names, history = api.names(document), api.history()
    yield from panel.press()
    yield from _until_it_runs(api, panel)
    first = panel.backend.pid
    os.kill(first, signal.SIGKILL)
    yield from panel.finished(300_000)
    api.check("another backend was started", panel.backend.pid not in (None, 0, first))
    api.equal("the drawing is coloured after all", len(api.names(document)), len(names) + 1)
    api.equal("once", api.history()[len(history) :], ["Add Layer"])
    api.equal("and nobody complains", panel.notice, "")


def case_backend_killed_again_and_again(api: Api) -> Steps:
    document = yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=_LONG)
    names = api.names(document)
    yield from panel.press()
    killed = set()
    for _ in range(2000):
        if not panel.busy:
            break
        pid = panel.backend.pid
        if pid and pid not in killed and "step" in panel.button.text():
            killed.add(pid)
            os.kill(pid, signal.SIGKILL)
        yield 100
    api.check("it gave up", not panel.busy)
    api.fact("backends killed", len(killed))
    api.check("one sentence says so", panel.notice, panel.notice)
    api.fact("sentence", panel.notice)
    api.screenshot("gave up", panel.docker)
    api.equal("nothing was added", api.names(document), names)
    yield from panel.set_steps(1)
    button = panel.part("nurie_notice_action")
    api.check("there is a button for it", button.isVisible())
    api.fact("button", button.text())
    yield from panel.colorize()
    api.equal("the next one works", len(api.names(document)), len(names) + 1)


def case_document_closed(api: Api) -> Steps:
    other = yield from drawing(api, 320, 400)
    document = yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=_ENOUGH)
    yield from panel.press()
    yield from _until_it_runs(api, panel)
    kept = len(panel.state.results.ids)
    yield from api.close(document)
    yield from panel.finished()
    api.equal("the other document stays as it was", api.names(other), ["Background", "Line art"])
    api.check("a sentence says what became of it, or nothing was left to do", True, panel.notice)
    api.fact("sentence", panel.notice)
    api.fact("results kept", len(panel.state.results.ids) - kept)
    api.krita.setActiveDocument(other)
    yield 500
    yield from panel.set_steps(1)
    yield from panel.colorize()
    api.equal("the next one works", len(api.names(other)), 3)


def case_document_switched(api: Api) -> Steps:
    other = yield from drawing(api, 320, 400)
    document = yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=_ENOUGH)
    yield from panel.press()
    yield from _until_it_runs(api, panel)
    subwindows = api.window.qwindow().findChild(QtWidgets.QMdiArea).subWindowList()
    api.window.qwindow().findChild(QtWidgets.QMdiArea).setActiveSubWindow(subwindows[0])
    yield 500
    api.check("the other document is in front", api.krita.activeDocument() == other)
    api.check("its canvas shows no foreign picture", panel.overlay() is None)
    yield from panel.finished()
    yield from api.settle(document)
    api.equal("the colours are in the right document", len(api.names(document)), 3)
    api.equal("and not in the other", api.names(other), ["Background", "Line art"])


def case_line_art_deleted(api: Api) -> Steps:
    document = yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=_ENOUGH)
    yield from panel.press()
    yield from _until_it_runs(api, panel)
    document.nodeByName("Line art").remove()
    yield from api.settle(document)
    yield from panel.finished()
    names = api.names(document)
    api.equal("the colours are not lost", [name.split(" ")[0] for name in names], ["Background", "Colors"])


def case_zz_krita_ends_meanwhile(api: Api) -> Steps:
    """The last one: the driver ends Krita right after it, and the harness looks whether the backend ended too."""
    yield from drawing(api, 480, 640)
    panel = Panel(api)
    yield from panel.ready(steps=_LONG)
    yield from panel.press()
    yield from _until_it_runs(api, panel)
    api.check("it runs", panel.busy)
