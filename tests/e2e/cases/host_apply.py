# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour goes where it belongs, in one undo step, in every colour space, and the artist's layers stay as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtGui

from e2e.cases._drawing import (
    ORANGE,
    active,
    add_in_space,
    argb,
    bring_to_front,
    by_name,
    close_to,
    layers,
    lines,
    new_steps,
    plain,
    put,
    scan,
    step,
    undo,
)
from nurie_krita.document import KritaHost
from nurie_krita.host import GoneError
from nurie_krita.protocol import NurieError

SECONDS = 600

NAME = "Colors · princess · seed 482913"
SPACES = (
    ("RGBA", "U8", 2),
    ("RGBA", "U16", 2),
    ("RGBA", "F16", 3),
    ("RGBA", "F32", 3),
    ("CMYKA", "U8", 24),
    ("LABA", "U16", 4),
)


def case_colour_spaces(api: Api) -> Steps:
    host = KritaHost()
    for model, depth, tolerance in SPACES:
        space = f"{model} {depth}"
        document = yield from api.new_document(96, 64, model, depth, name=space)
        line = yield from add_in_space(api, document, "Line art", lines(96, 64))
        document.setActiveNode(line)
        yield 100
        facts = active(host)
        api.require(f"{space}: is seen", facts is not None)
        art = host.read(facts.id, "active")
        api.equal(f"{space}: state", (art.state, art.opaque), ("lines", False))
        black = argb(art.image, 48 - art.region.x, 32 - art.region.y)
        api.check(f"{space}: line is black", close_to(black, (0, 0, 0, 255), tolerance), black)
        before, at = layers(document), step(api)
        color = plain(art.image.width(), art.image.height())
        made = yield from put(api, host, art, color, NAME)
        api.equal(f"{space}: undo entries", new_steps(api, at), ["Add Layer"])
        group = by_name(document, NAME)
        api.require(f"{space}: group is there", group is not None, api.names(document))
        api.equal(f"{space}: id", group.uniqueId().toString().strip("{}"), made)
        api.equal(f"{space}: order", api.names(document), ["Background", NAME, "Line art"])
        inner = group.childNodes()[0]
        own = (document.colorModel(), document.colorDepth(), document.colorProfile())
        api.equal(f"{space}: colour space", (inner.colorModel(), inner.colorDepth(), inner.colorProfile()), own)
        seen, drawn = api.pixel(document, 5, 5), api.pixel(document, 48, 32)
        api.check(f"{space}: colour", close_to(seen, ORANGE.getRgb()[:3], tolerance), seen)
        api.check(f"{space}: line stays black", max(drawn) < 40, drawn)
        api.equal(f"{space}: artist's layers", {k: v for k, v in layers(document).items() if k in before}, before)
        api.equal(f"{space}: active layer", document.activeNode().name(), "Line art")
        api.check(f"{space}: modified", document.modified())
        yield from api.undo(document)
        api.equal(f"{space}: undone", api.names(document), ["Background", "Line art"])
        yield from api.redo(document)
        api.equal(f"{space}: redone", api.names(document), ["Background", NAME, "Line art"])
        api.check(f"{space}: colour is back", close_to(api.pixel(document, 5, 5), seen, 0))
        yield from api.close(document)


def case_gray(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(64, 64, "GRAYA", "U8", name="gray")
    line = yield from add_in_space(api, document, "Line art", lines(64, 64))
    document.setActiveNode(line)
    yield 100
    facts = active(host)
    api.check("is told to be grey", facts is not None and facts.gray)
    art = host.read(facts.id, "active")
    api.equal("grey lines can be read", art.state, "lines")
    names, at = api.names(document), step(api)
    try:
        yield from put(api, host, art, plain(64, 64), NAME)
    except NurieError as error:
        api.equal("code", error.code, "gray_document")
        api.check("advice", "RGB" in error.advice, error.advice)
    else:
        api.check("refused", False)
    yield 300
    api.equal("nothing happened", (api.names(document), step(api)), (names, at))
    host.convert_to_rgb(facts.id)
    yield from api.settle(document)
    api.equal("converted", (document.colorModel(), document.colorDepth()), ("RGBA", "U8"))
    api.equal("same id", active(host).id, facts.id)
    at = step(api)
    yield from put(api, host, host.read(facts.id, "active"), plain(64, 64), NAME)
    api.equal("one entry", new_steps(api, at), ["Add Layer"])
    api.check("colour", close_to(api.pixel(document, 3, 3), ORANGE.getRgb()[:3], 2), api.pixel(document, 3, 3))


def case_placements(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(128, 128, name="places")
    api.add_layer(document, "Scan", scan(128, 128))
    inside = document.createGroupLayer("Figure")
    document.rootNode().addChildNode(inside, None)
    line = document.createNode("Inside", "paintlayer")
    inside.addChildNode(line, None)
    line.setPixelData(api.bytes_of(lines(128, 128)), 0, 0, 128, 128)
    api.add_layer(document, "Notes", lines(30, 30, QtGui.QColor(0, 0, 255)))
    yield from api.settle(document)
    facts = active(host)
    ids = {source.name: source.id for source in facts.sources}
    before = layers(document)

    def added(art: Any, placement: str, name: str) -> Steps:
        at = step(api)
        yield from put(api, host, art, plain(128, 128), name, placement)
        api.equal(f"{name}: one entry", new_steps(api, at), ["Add Layer"])

    paper = host.read(facts.id, ids["Scan"])
    api.equal("a scan is opaque", (paper.opaque, paper.state), (True, "lines"))
    yield from added(paper, "automatic", "on scan")
    api.equal("above the scan", api.names(document), ["Background", "Scan", "on scan", "Figure", "Notes"])
    api.equal("with Multiply", by_name(document, "on scan").blendingMode(), "multiply")
    api.equal("lines shine through", api.pixel(document, 64, 64), (0, 0, 0))
    api.equal("paper takes the colour", api.pixel(document, 2, 2), (240, 128, 32))
    yield from undo(api, document, "on scan")

    api.add_layer(document, "Slate", scan(128, 128, "black", "white"))
    yield from api.settle(document)
    slate = host.read(facts.id, next(source.id for source in active(host).sources if source.name == "Slate"))
    yield from added(slate, "automatic", "on slate")
    api.equal("with Screen", by_name(document, "on slate").blendingMode(), "screen")
    api.equal("chalk stays white", api.pixel(document, 64, 64), (255, 255, 255))
    api.equal("slate takes the colour", api.pixel(document, 2, 2), (240, 128, 32))
    yield from undo(api, document, "on slate")
    by_name(document, "Slate").remove()
    yield from api.settle(document)

    held = host.read(facts.id, ids["Inside"])
    yield from added(held, "automatic", "alone")
    api.equal(
        "below a group that holds only lines", api.names(document), ["Background", "Scan", "alone", "Figure", "Notes"]
    )
    yield from undo(api, document, "alone")
    api.add_layer(document, "under", plain(1, 1))
    under = by_name(document, "under")
    under.remove()
    yield from api.settle(document)
    inside = by_name(document, "Figure")
    flats = document.createNode("Flats", "paintlayer")
    inside.addChildNode(flats, None)
    yield from api.settle(document)
    flats_art = host.read(facts.id, next(s.id for s in active(host).sources if s.name == "Flats"))
    api.equal("an empty layer", flats_art.state, "empty")
    yield from added(replace(held, layer=flats_art.layer), "automatic", "in group")
    api.equal(
        "inside the group",
        [c.name() for c in by_name(document, "Figure").childNodes()],
        ["Inside", "in group", "Flats"],
    )
    yield from undo(api, document, "in group")

    yield from added(held, "top", "top")
    api.equal("on top", api.names(document)[-1], "top")
    yield from undo(api, document, "top")
    yield from added(held, "above", "above")
    api.equal(
        "above the line", [c.name() for c in by_name(document, "Figure").childNodes()], ["Inside", "above", "Flats"]
    )
    api.equal("above multiplies", by_name(document, "above").blendingMode(), "multiply")
    yield from undo(api, document, "above")
    visible = host.read(facts.id, "visible")
    api.equal("all that is visible has no layer", (visible.layer, visible.opaque), (None, True))
    yield from added(visible, "automatic", "all")
    api.equal("everything: on top", api.names(document)[-1], "all")
    api.equal("everything: lines stay", api.pixel(document, 64, 64), (0, 0, 0))
    yield from undo(api, document, "all")
    now = layers(document)
    api.equal("the artist's layers", {k: now.get(k) for k in before}, before)


def case_bottom(api: Api) -> Steps:
    """Line art that is the lowest layer of all: Krita's scripts cannot add below it."""
    host = KritaHost()
    document = yield from api.new_document(64, 64, name="bottom")
    api.add_layer(document, "Line art", lines(64, 64))
    by_name(document, "Background").remove()
    yield from api.settle(document)
    facts = active(host)
    art = host.read(facts.id, next(s.id for s in facts.sources if s.name == "Line art"))
    at = step(api)
    yield from put(api, host, art, plain(64, 64), NAME)
    api.equal("one entry", new_steps(api, at), ["Add Layer"])
    api.equal("line is seen", api.pixel(document, 32, 32), (0, 0, 0))
    api.equal("colour is seen", api.pixel(document, 2, 2), (240, 128, 32))


def case_replace(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(64, 64, name="replace")
    line = api.add_layer(document, "Line art", lines(64, 64))
    document.setActiveNode(line)
    yield 150
    facts = active(host)
    art = host.read(facts.id, "active")
    yield from put(api, host, art, plain(64, 64), "first", "replace")
    at = step(api)
    yield from put(api, host, art, plain(64, 64, QtGui.QColor("blue")), "second", "replace")
    api.equal("one entry", new_steps(api, at), ["Add Layer"])
    api.equal("order", api.names(document), ["Background", "first", "second", "Line art"])
    api.equal("the old one is hidden", [by_name(document, n).visible() for n in ("first", "second")], [False, True])
    api.equal("colour", api.pixel(document, 2, 2), (0, 0, 255))
    host.on_change(lambda: None)
    yield from api.undo(document)
    yield 700
    api.check("undo shows the old one again", by_name(document, "first").visible())
    api.equal("drawn anew by itself", bytes(document.pixelData(2, 2, 1, 1)).hex(), "2080f0ff")
    yield from api.redo(document)
    yield 700
    api.check("redo hides it again", not by_name(document, "first").visible())
    api.equal("new colour", api.pixel(document, 2, 2), (0, 0, 255))
    again = KritaHost()
    yield from put(api, again, art, plain(64, 64, QtGui.QColor("red")), "third", "replace")
    api.check("known after a restart", not by_name(document, "second").visible())


def case_gone(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(64, 64, name="going")
    other = yield from api.new_document(64, 64, name="other")
    yield from bring_to_front(api, document)
    line = api.add_layer(document, "Line art", lines(64, 64))
    document.setActiveNode(line)
    yield 150
    facts = active(host)
    api.equal("the right document", facts.name, "going")
    art = host.read(facts.id, "active")
    line = by_name(document, "Line art")
    line.move(7, 5)
    document.refreshProjection()
    document.waitForDone()
    yield 100
    moved = yield from put(api, host, art, plain(64, 64), "moved")
    box = by_name(document, "moved").bounds()
    api.equal("colour follows moved lines", (box.x(), box.y(), box.width(), box.height()), (7, 5, 64, 64))
    yield from api.undo(document)
    yield from bring_to_front(api, other)
    untouched = api.names(other)
    yield from put(api, host, art, plain(64, 64), "switched")
    api.equal("a document that is not in front", api.names(document), ["Background", "switched", "Line art"])
    api.equal("the one in front is left alone", api.names(other), untouched)
    yield from bring_to_front(api, document)
    api.fact("active layer of a document that was behind", document.activeNode().name())
    by_name(document, "Line art").remove()
    yield from api.settle(document)
    at = step(api)
    yield from put(api, host, art, plain(64, 64), "orphan")
    api.equal("layer gone: on top", api.names(document), ["Background", "switched", "orphan"])
    api.equal("layer gone: one entry", new_steps(api, at), ["Add Layer"])
    try:
        host.read(facts.id, str(art.layer))
    except GoneError as error:
        api.equal("reading it says so", error.code, "gone")
    else:
        api.check("reading it says so", False)
    yield from api.close(document)
    try:
        yield from put(api, host, art, plain(64, 64), "late")
    except GoneError as error:
        api.equal("document gone", error.code, "gone")
    else:
        api.check("document gone", False)
    api.equal("the other one is left alone", api.names(other), untouched)
    api.check("moved id", bool(moved))


def case_copies(api: Api) -> Steps:
    """A copy of a document has the same ids inside; colour still goes into the right one."""
    host = KritaHost()
    document = yield from api.new_document(64, 64, name="original")
    line = api.add_layer(document, "Line art", lines(64, 64))
    document.setActiveNode(line)
    yield 150
    art = host.read(active(host).id, "active")
    api.trigger("create_copy")
    yield 600
    copy = api.krita.activeDocument()
    ids = [facts.id for facts in host.documents()]
    api.equal("two documents, two ids", (len(ids), len(set(ids))), (2, 2))
    yield from put(api, host, art, plain(64, 64), NAME)
    api.equal("into the original", (NAME in api.names(document), NAME in api.names(copy)), (True, False))
    yield from api.close(copy)
