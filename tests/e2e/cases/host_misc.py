# SPDX-License-Identifier: GPL-3.0-or-later
"""Annotations, opening a drawing, the canvas, what is noticed, and brush strokes."""

from __future__ import annotations

from typing import Any

import krita
from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui, QtWidgets

from e2e.cases._drawing import active, argb, by_name, layers, lines, new_steps, plain, put, scan, step
from nurie_krita.document import KritaHost
from nurie_krita.host import DocumentFacts, Region

SECONDS = 400


def case_annotations(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(64, 64, name="annotations")
    line = api.add_layer(document, "Line art", lines(64, 64))
    document.setActiveNode(line)
    yield 150
    facts = active(host)
    api.equal("none yet", host.annotation(facts.id, "references"), None)
    document.setModified(False)
    host.annotate(facts.id, "references", b'{"a": "\xc3\xa9"}')
    big = bytes(range(256)) * 2000
    host.annotate(facts.id, "history", big)
    api.equal("kept", host.annotation(facts.id, "references"), b'{"a": "\xc3\xa9"}')
    host.annotate(facts.id, "gone", b"x")
    host.annotate(facts.id, "gone", b"")
    api.equal("taken away", host.annotation(facts.id, "gone"), None)
    art = host.read(facts.id, "active")
    made = yield from put(api, host, art, plain(64, 64), "first")
    before = layers(document)
    path = api.out / "annotations.kra"
    api.check("saved", document.saveAs(str(path)))
    yield from api.close(document)
    document = yield from api.open(path)
    again = KritaHost()
    facts = active(again)
    api.equal("after reload", again.annotation(facts.id, "references"), b'{"a": "\xc3\xa9"}')
    api.equal("half a megabyte after reload", again.annotation(facts.id, "history"), big)
    api.equal("still none", again.annotation(facts.id, "gone"), None)
    api.equal("layers after reload", layers(document), before)
    api.check("the layer's id after reload", any(source.id == made for source in facts.sources))
    art = again.read(facts.id, by_id(facts, "Line art"))
    yield from put(api, again, art, plain(64, 64, QtGui.QColor("blue")), "second", "replace")
    api.check("the result is replaced after reload", not by_name(document, "first").visible())


def by_id(facts: DocumentFacts, name: str) -> str:
    return next(source.id for source in facts.sources if source.name == name)


def case_open_image(api: Api) -> Steps:
    host = KritaHost()
    defaults = [api.krita.readSetting("", name, "?") for name in ("imageWidthDef", "imageHeightDef", "colorDepthDef")]
    recent = len(api.krita.recentDocuments()) if hasattr(api.krita, "recentDocuments") else 0
    id_ = host.open_image(lines(300, 200), "Sample drawing")
    yield 500
    facts = active(host)
    api.equal("it is in front", facts.id, id_)
    api.equal("its size and name", (facts.width, facts.height, facts.name), (300, 200, "Sample drawing"))
    document = api.krita.activeDocument()
    api.equal("untitled", document.fileName(), "")
    api.check("not modified", not document.modified())
    api.equal("layers", api.names(document), ["Background", "Line art"])
    yield from api.wait_for(lambda: document.activeNode().name() == "Line art", 3000)
    api.equal("the lines are active", document.activeNode().name(), "Line art")
    art = host.read(id_, "active")
    api.equal("line art", (art.state, art.opaque, argb(art.image, 150, 100)), ("lines", False, (0, 0, 0, 255)))
    api.equal("its pixels", art.image == lines(300, 200), True)
    api.equal("white below", api.pixel(document, 3, 3), (255, 255, 255))
    api.equal(
        "New Image settings are as they were",
        [api.krita.readSetting("", name, "?") for name in ("imageWidthDef", "imageHeightDef", "colorDepthDef")],
        defaults,
    )
    now = len(api.krita.recentDocuments()) if hasattr(api.krita, "recentDocuments") else 0
    api.equal("no recent file", now, recent)
    at = step(api)
    yield from put(api, host, art, plain(300, 200), "colour")
    api.equal("colour goes between", api.names(document), ["Background", "colour", "Line art"])
    api.equal("one entry", step(api), at + 1)
    opened: list[str] = []

    def open_another(_layer: str) -> None:  # in the very moment in which the layer came
        opened.append(host.open_image(scan(80, 60).convertToFormat(QtGui.QImage.Format.Format_RGB32), "Scan"))

    host.apply(art, plain(300, 200), "again", "automatic", open_another, lambda error: None)
    yield from api.until("another is opened", lambda: opened)
    yield 500
    document = api.krita.activeDocument()
    api.equal("an opaque picture is one layer", api.names(document), ["Line art"])
    art = host.read(active(host).id, "active")
    yield from put(api, host, art, plain(80, 60), "colour")
    api.equal("colour above", (api.names(document), api.pixel(document, 40, 30)), (["Line art", "colour"], (0, 0, 0)))
    for document in api.krita.documents():
        yield from api.close(document)


def case_canvas(api: Api) -> Steps:
    host = KritaHost()
    yield from api.new_document(400, 300, name="canvas")
    yield 300
    id_ = active(host).id
    found: Any = host.canvas(id_)
    api.require("there is a canvas", found is not None)
    name = found.widget.metaObject().className()
    api.check("it is Krita's", name in ("KisOpenGLCanvas2", "KisQPainterCanvas"), name)
    view = api.window.activeView()
    if not hasattr(view, "flakeToCanvasTransform"):
        api.equal("before 5.2 nobody knows where", found.to_widget(), None)
        return
    for label, rotation, mirrored in (("plain", 0, False), ("turned", 30, False), ("mirrored", 0, True)):
        view.canvas().setZoomLevel(0.2)  # small enough for the turned corners to be in the window
        view.canvas().setRotation(rotation)
        view.canvas().setMirror(mirrored)
        yield 400
        map_ = QtGui.QTransform(*found.to_widget())
        window = api.window.qwindow()
        shown = window.grab().toImage()
        offset = found.widget.mapTo(window, QtCore.QPoint(0, 0))

        def color(x: float, y: float, map_=map_, shown=shown, offset=offset) -> str:  # type: ignore[no-untyped-def]
            point = map_.map(QtCore.QPointF(x, y))
            return str(shown.pixelColor(round(point.x() + offset.x()), round(point.y() + offset.y())).name())

        api.equal(f"{label}: inside", [color(8, 8), color(200, 150), color(392, 292)], ["#ffffff"] * 3)
        beyond = (color(-8, -8), color(408, 308))
        api.check(f"{label}: outside", "#ffffff" not in beyond, beyond)


def case_changes(api: Api) -> Steps:
    host = KritaHost()
    calls: list[int] = []
    host.on_change(lambda: calls.append(1))
    yield 200

    def noticed(what: str) -> Steps:
        ok = yield from api.wait_for(lambda: bool(calls), 10_000)
        api.check(f"noticed: {what}", ok)
        yield 900
        calls.clear()
        yield 900
        api.equal(f"quiet after: {what}", calls, [])

    document = yield from api.new_document(64, 64, name="changes")
    yield from noticed("a new document")
    layer = api.add_layer(document, "Line art", lines(64, 64))
    yield from noticed("a new layer")
    document.setActiveNode(by_name(document, "Background"))
    yield from noticed("another active layer")
    layer.setName("Ink")
    yield from noticed("a new name")
    selection = krita.Selection()
    selection.select(5, 5, 20, 20, 255)
    document.setSelection(selection)
    yield from noticed("a selection")
    host.set_watching(False)
    layer.setName("Pencil")
    yield 1000
    api.equal("nothing while nobody looks", calls, [])
    host.set_watching(True)
    yield from noticed("what happened meanwhile")
    yield from api.close(document)
    yield from noticed("a closed document")
    api.equal("no document", host.active(), None)


def case_poll_is_cheap(api: Api) -> Steps:
    import time

    host = KritaHost()
    document = yield from api.new_document(64, 64, name="many")
    for number in range(100):
        document.rootNode().addChildNode(document.createNode(f"Layer {number}", "paintlayer"), None)
    yield from api.settle(document)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        host.active()
        times.append((time.perf_counter() - start) * 1000)
        yield 20
    api.fact("one look at 100 layers, ms", round(sorted(times)[2], 1))


def case_stroke(api: Api) -> Steps:
    """Colour that comes while somebody draws waits for the end of the stroke."""
    host = KritaHost()
    document = yield from api.new_document(300, 300, name="stroke")
    layer = api.add_layer(document, "Line art", lines(300, 300))
    document.setActiveNode(layer)
    yield 300
    id_ = active(host).id
    art = host.read(id_, "active")
    api.trigger("KritaShape/KisToolBrush")
    yield 300
    shown: Any = host.canvas(id_)
    canvas = shown.widget
    before = bytes(layer.pixelData(0, 0, 300, 300))

    def mouse(kind: QtCore.QEvent.Type, button: QtCore.Qt.MouseButton, held: QtCore.Qt.MouseButton, x: int) -> None:
        place = canvas.rect().center() + QtCore.QPoint(x, x // 2)
        there = QtCore.QPointF(canvas.mapToGlobal(place))
        none = QtCore.Qt.KeyboardModifier.NoModifier
        event = QtGui.QMouseEvent(kind, QtCore.QPointF(place), there, button, held, none)
        QtWidgets.QApplication.sendEvent(canvas, event)

    kinds, left = QtCore.QEvent.Type, QtCore.Qt.MouseButton.LeftButton
    nothing = QtCore.Qt.MouseButton.NoButton
    mouse(kinds.MouseButtonPress, left, left, 0)
    for x in range(0, 60, 6):
        mouse(kinds.MouseMove, nothing, left, x)
        yield 20
    made: list[str] = []
    at = step(api)
    host.apply(art, plain(300, 300), "colour", "automatic", made.append, lambda error: None)
    for x in range(60, 120, 3):
        mouse(kinds.MouseMove, nothing, left, x)
        yield 40
    api.equal("within the stroke nothing comes", (made, by_name(document, "colour")), ([], None))
    mouse(kinds.MouseButtonRelease, left, nothing, 120)
    yield from api.until("after it the colour comes", lambda: made, 5000)
    yield 800
    api.check("the stroke was drawn", bytes(layer.pixelData(0, 0, 300, 300)) != before)
    api.equal("one entry for the stroke, one for the colour", len(new_steps(api, at)), 2)


def case_message(api: Api) -> Steps:
    host = KritaHost()
    host.message("nobody there")
    yield from api.new_document(64, 64, name="message")
    host.message("Colours are in their place.")
    yield 300
    api.screenshot("message")
    api.check("no crash", True)
    api.check("region", Region(0, 0, 1, 1) == Region(0, 0, 1, 1))
