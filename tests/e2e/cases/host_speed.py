# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Krita's GUI thread is held by reading, by applying, and afterwards: figures, no bounds, for they are the
machine's as much as ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import krita
from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui

from e2e.cases._drawing import active, add_in_space, by_name, lines, plain, put
from nurie_krita import document_read
from nurie_krita.document import KritaHost
from nurie_krita.document_lineart import look

SECONDS = 600

SIZES = (
    ("1500x2000 8-bit", 1500, 2000, "U8"),
    ("4000x4000 8-bit", 4000, 4000, "U8"),
    ("1500x2000 16-bit", 1500, 2000, "U16"),
)


def _ms(work: Callable[..., Any], *given: Any) -> tuple[str, Any]:
    """Milliseconds by the clock, and those in which the GUI thread itself worked: where the machine is busy, or where
    it waits for Krita's own threads, they differ."""
    clock, own = time.perf_counter(), time.thread_time()
    result = work(*given)
    return f"{(time.perf_counter() - clock) * 1000:.0f} (own {(time.thread_time() - own) * 1000:.0f})", result


def _blocked(api: Api, name: str, work: Callable[[str], Generator[int, None, Any]]) -> Steps:
    """The longest time in which Krita could not answer, of three times."""
    found = []
    for number in range(3):
        api.blocks.reset()
        yield from work(f"colour {number}")
        yield 1500
        found.append(str(api.blocks))
    api.fact(name, found)


def _redo(api: Api, document: Any, _name: str) -> Steps:
    """What bringing in the same layer takes Krita itself, which need not wait for the page to be drawn."""
    for action in ("edit_undo", "edit_redo"):
        with api.blocks:
            api.trigger(action)
        yield 700
        document.waitForDone()


def case_reading_and_applying(api: Api) -> Steps:
    host = KritaHost()
    for name, width, height, depth in SIZES:
        document = yield from api.new_document(width, height, "RGBA", depth, name=name)
        line = yield from add_in_space(api, document, "Line art", lines(width, height))
        for number in range(4):
            yield from add_in_space(api, document, f"Note {number}", lines(width // 2, height // 2))
        document.setActiveNode(line)
        yield 1500
        id_ = active(host).id
        reads = []
        for _ in range(5):
            ms, art = _ms(host.read, id_, "active")
            reads.append(ms)
            yield 300
        api.fact(f"{name}: read, ms", reads)
        api.fact(f"{name}: of it pixels, ms", _ms(document_read.pixels, document, line, art.region)[0])
        api.fact(f"{name}: of it looking, ms", _ms(look, art.image)[0])
        api.fact(f"{name}: of it bounds, ms", _ms(line.bounds)[0])
        api.fact(f"{name}: read all that is visible, ms", _ms(host.read, id_, "visible")[0])
        api.equal(f"{name}: state", art.state, "lines")
        color = plain(art.image.width(), art.image.height(), QtGui.QColor(200, 100, 50))
        yield from _blocked(api, f"{name}: applying holds Krita, ms", partial(put, api, host, art, color))
        yield from _blocked(api, f"{name}: undo and redo by Krita alone, ms", partial(_redo, api, document))
        selection = krita.Selection()
        selection.select(width // 3, height // 3, width // 5, height // 5, 255)
        document.setSelection(selection)
        yield 500
        ms, part = _ms(host.read, id_, "active")
        api.fact(f"{name}: read a selection, ms", ms)
        color = plain(part.image.width(), part.image.height())
        yield from put(api, host, part, color, "part")
        api.check(f"{name}: colour is there", by_name(document, "part") is not None)
        api.fact(f"{name}: one look, ms", _ms(host.active)[0])
        api.fact(f"{name}: Krita draws the page anew, ms", _ms(document.refreshProjection)[0])
        document.setSelection(None)
        yield 200
        yield from api.close(document)
    QtCore.QCoreApplication.processEvents()
