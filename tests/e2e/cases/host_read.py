# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read as line art: from which layers, how much of them, what kind it is, and that reading leaves no trace."""

from __future__ import annotations

from typing import Any

import krita
from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui

from e2e.cases._drawing import (
    active,
    add_in_space,
    argb,
    by_name,
    close_to,
    layers,
    lines,
    painted,
    plain,
    put,
    scan,
    step,
)
from nurie_krita.document import KritaHost
from nurie_krita.host import GoneError, Region
from nurie_krita.protocol import InputError

SECONDS = 400


def _ids(host: KritaHost) -> dict[str, str]:
    facts = active(host)
    assert facts is not None
    return {source.name: source.id for source in facts.sources}


def case_kinds(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(256, 256, name="kinds")
    api.add_layer(document, "Transparent", lines(256, 256))
    api.add_layer(document, "Blue pencil", lines(256, 256, QtGui.QColor(60, 120, 255)))
    api.add_layer(document, "Scan", scan(256, 256))
    api.add_layer(document, "Toned scan", scan(256, 256, "#d8c090"))
    api.add_layer(document, "Painted", painted(256, 256))
    api.add_layer(document, "White", plain(256, 256, QtGui.QColor("white")))
    dot = lines(256, 256)
    dot.fill(0)
    dot.setPixelColor(101, 57, QtGui.QColor("black"))
    api.add_layer(document, "One dot", dot)
    flats = plain(256, 256)
    painter = QtGui.QPainter(flats)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Clear)
    painter.fillRect(0, 0, 256, 128, QtGui.QColor("black"))
    painter.end()
    api.add_layer(document, "Flats", flats)
    empty = document.createNode("Empty", "paintlayer")
    document.rootNode().addChildNode(empty, None)
    yield from api.settle(document)
    wanted = {
        "Transparent": ("lines", False),
        "Blue pencil": ("lines", False),
        "Scan": ("lines", True),
        "Toned scan": ("lines", True),
        "Painted": ("colored", True),
        "White": ("empty", True),
        "One dot": ("lines", False),
        "Flats": ("colored", True),
        "Empty": ("empty", False),
        "Background": ("empty", True),
    }
    facts = active(host)
    ids = _ids(host)
    before, at = layers(document), step(api)
    document.setModified(False)
    for name, kind in wanted.items():
        art = host.read(facts.id, ids[name])
        api.equal(f"{name}: kind", (art.state, art.opaque), kind)
    yield 200
    api.check("reading does not modify", not document.modified())
    api.equal("reading leaves no undo entry", step(api), at)
    api.equal("reading changes no pixel", layers(document), before)


def case_sources(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(128, 96, name="sources")
    group = document.createGroupLayer("Group")
    document.rootNode().addChildNode(group, None)
    inner = document.createNode("Inner", "paintlayer")
    inner.setPixelData(QtCore.QByteArray(api.bytes_of(lines(128, 96))), 0, 0, 128, 96)
    group.addChildNode(inner, None)
    vector = document.createVectorLayer("Vector")
    document.rootNode().addChildNode(vector, None)
    # Krita's versions differ in whether SVG lengths are points or pixels; either way it is on the page.
    vector.addShapesFromSvg(
        '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="96">'
        '<rect x="5" y="5" width="15" height="10" fill="none" stroke="#000000" stroke-width="1.5"/></svg>'
    )
    yield from api.settle(document)
    yield from api.wait_for(lambda: not vector.bounds().isEmpty())  # Krita draws shapes some time later
    yield from api.settle(document)
    facts = active(host)
    api.equal(
        "kinds", [source.kind for source in facts.sources], ["active", "visible", "layer", "group", "layer", "layer"]
    )
    api.equal("order", [s.name for s in facts.sources[2:]], ["Vector", "Group", "Inner", "Background"])
    ids = _ids(host)
    art = host.read(facts.id, ids["Group"])
    api.equal("group", (art.state, art.opaque, argb(art.image, 64, 48)), ("lines", False, (0, 0, 0, 255)))
    art = host.read(facts.id, ids["Vector"])
    dark = sum(argb(art.image, x, y)[3] > 40 for x in range(128) for y in range(96))
    api.equal("vector", (art.state, art.opaque), ("lines", False))
    api.check("vector lines", 10 <= dark <= 3000, dark)
    # A hidden group is not kept up to date by Krita; it is read as it would be seen.
    group.setVisible(False)
    yield from api.settle(document)
    inner.setPixelData(QtCore.QByteArray(api.bytes_of(plain(20, 20, QtGui.QColor("red")))), 5, 5, 20, 20)
    yield 100
    at = step(api)
    art = host.read(facts.id, ids["Group"])
    api.equal("hidden group", argb(art.image, 10, 10), (255, 0, 0, 255))
    api.check("it stays hidden", not by_name(document, "Group").visible())
    art = host.read(facts.id, ids["Inner"])
    api.equal("layer in a hidden group", argb(art.image, 10, 10), (255, 0, 0, 255))
    yield 500
    api.equal("no undo entry", step(api), at)
    try:
        host.read(facts.id, "nonsense")
    except GoneError as error:
        api.equal("an unknown layer", error.code, "gone")
    else:
        api.check("an unknown layer is refused", False)
    try:
        host.read("nonsense", "active")
    except GoneError as error:
        api.equal("an unknown document", error.code, "gone")
    else:
        api.check("an unknown document is refused", False)


def case_mask(api: Api) -> Steps:
    """A transparency mask on the line art counts, and when it is active its layer is read."""
    host = KritaHost()
    document = yield from api.new_document(64, 64, name="mask")
    layer = api.add_layer(document, "Line art", plain(64, 64, QtGui.QColor("black")))
    document.setActiveNode(layer)
    selection = krita.Selection()
    selection.select(0, 0, 32, 64, 255)
    document.setSelection(selection)
    yield 100
    api.trigger("add_new_transparency_mask")
    yield from api.settle(document)
    api.trigger("deselect")
    yield from api.settle(document)
    api.equal("the mask is active", document.activeNode().type(), "transparencymask")
    art = host.read(active(host).id, "active")
    api.equal("the layer is read", art.source.name, "Line art")
    api.equal("through its mask", (argb(art.image, 10, 10)[3], argb(art.image, 50, 10)[3]), (255, 0))


def case_off_canvas(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(200, 200, name="off canvas")
    layer = api.add_layer(document, "Line art", lines(240, 240), x=-30, y=-20)
    document.setActiveNode(layer)
    yield 100
    before = layers(document)
    art = host.read(active(host).id, "active")
    box = layer.bounds()
    api.check("all lines are in", art.region.x <= box.x() and art.region.y <= box.y(), art.region)
    api.equal("image and region agree", (art.image.width(), art.image.height()), (art.region.width, art.region.height))
    at = step(api)
    yield from put(api, host, art, plain(art.region.width, art.region.height), "colour")
    made = by_name(document, "colour").bounds()
    api.equal(
        "colour reaches off the page",
        (made.x(), made.y(), made.width(), made.height()),
        tuple(vars(art.region).values()),
    )
    api.equal("one entry", step(api), at + 1)
    yield from api.undo(document)
    far = document.createNode("Far", "paintlayer")
    document.rootNode().addChildNode(far, None)
    far.setPixelData(QtCore.QByteArray(api.bytes_of(lines(100, 100))), 40, 40, 100, 100)
    far.setPixelData(QtCore.QByteArray(api.bytes_of(plain(10, 10))), 5000, 5000, 10, 10)
    yield from api.settle(document)
    art = host.read(active(host).id, _ids(host)["Far"])
    api.check("what is parked far off is left out", art.region.width <= 300 and art.region.height <= 300, art.region)
    now = layers(document)
    api.equal("the artist's layers", {key: now[key] for key in before}, before)


def case_selection(api: Api) -> Steps:
    host = KritaHost()
    document = yield from api.new_document(1000, 1000, name="selection")
    layer = api.add_layer(document, "Line art", lines(1000, 1000))
    document.setActiveNode(layer)
    selection = krita.Selection()
    selection.select(400, 300, 120, 80, 255)
    selection.feather(6)
    document.setSelection(selection)
    yield 200
    facts = active(host)
    chosen = document.selection()
    api.equal("seen", facts.selection, Region(chosen.x(), chosen.y(), chosen.width(), chosen.height()))
    before = bytes(chosen.pixelData(0, 0, 1000, 1000))
    art = host.read(facts.id, "active")
    api.check("context around", art.region.x <= 400 - 100 and art.region.width >= 320, art.region)
    api.check("not the whole page", art.region.width < 600 and art.region.height < 600, art.region)
    mask: Any = art.mask
    api.equal("mask's size", (mask.width(), mask.height()), (art.region.width, art.region.height))
    row = [mask.pixelColor(x - art.region.x, 340 - art.region.y).red() for x in range(380, 460)]
    api.check("soft edge", row[0] == 0 and row[-1] == 255 and len(set(row)) > 6, row)
    whole = host.read(facts.id, "active", selection_only=False)
    api.equal("ignored when asked", (whole.mask, whole.region), (None, Region(0, 0, 1000, 1000)))
    at = step(api)
    yield from put(api, host, art, plain(art.region.width, art.region.height), "part")
    api.equal("one entry", step(api), at + 1)
    made = by_name(document, "part").childNodes()[0]
    alpha = [bytes(made.pixelData(x, 340, 1, 1))[3] for x in range(380, 460)]
    api.equal("colour has the selection's soft edge", alpha, row)
    api.equal("none outside", bytes(made.pixelData(380, 340, 1, 1))[3], 0)
    api.check(
        "colour inside", close_to(api.pixel(document, 450, 340), (240, 128, 32), 1), api.pixel(document, 450, 340)
    )
    api.equal("the selection stays", bytes(document.selection().pixelData(0, 0, 1000, 1000)), before)
    picture = host.picture(facts.id, "selection")
    api.check("picture of the selection", 100 < picture.width() < 170 and argb(picture, 0, 0)[3] < 20, picture.width())
    outside = krita.Selection()
    outside.select(3000, 3000, 20, 20, 255)
    document.setSelection(outside)
    yield 150
    try:
        host.read(facts.id, "active")
    except InputError as error:
        api.check("a selection off the drawing is told", bool(error.advice))
    else:
        api.check("a selection off the drawing is told", False)
    document.setSelection(None)
    yield 100


def case_picture(api: Api) -> Steps:
    host = KritaHost()
    for model, depth in (("RGBA", "U8"), ("RGBA", "U16"), ("CMYKA", "U8")):
        document = yield from api.new_document(120, 120, model, depth, name="picture")
        layer = yield from add_in_space(api, document, "Reference", plain(50, 40))
        document.setActiveNode(layer)
        yield 100
        image = host.picture(active(host).id, "active")
        api.equal(f"{model} {depth}: cropped", (image.width(), image.height()), (50, 40))
        api.check(f"{model} {depth}: colour", close_to(argb(image, 5, 5), (240, 128, 32, 255), 24), argb(image, 5, 5))
        yield from api.close(document)


def case_extreme_sizes(api: Api) -> Steps:
    host = KritaHost()
    for width, height in ((64, 64), (16000, 900)):
        document = yield from api.new_document(width, height, name="size")
        strip: Any = document.createNode("Line art", "paintlayer")
        strip.setPixelData(
            QtCore.QByteArray(api.bytes_of(plain(width, 6, QtGui.QColor("black")))), 0, height // 2, width, 6
        )
        document.rootNode().addChildNode(strip, None)
        corner = api.bytes_of(plain(4, 4, QtGui.QColor("black")))
        strip.setPixelData(QtCore.QByteArray(corner), 0, 0, 4, 4)
        strip.setPixelData(QtCore.QByteArray(corner), width - 4, height - 4, 4, 4)
        yield from api.settle(document)
        art = host.read(active(host).id, _ids(host)["Line art"])
        api.equal(f"{width}: region", art.region, Region(0, 0, width, height))
        api.check(f"{width}: not too large", max(art.image.width(), art.image.height()) <= 8000, art.image.width())
        api.check(f"{width}: lines", argb(art.image, art.image.width() // 2, art.image.height() // 2 + 1)[3] > 150)
        at = step(api)
        color = plain(art.image.width(), art.image.height())
        yield from put(api, host, art, color, "colour")
        made = by_name(document, "colour").bounds()
        api.equal(f"{width}: colour", (made.x(), made.y(), made.width(), made.height()), (0, 0, width, height))
        api.equal(f"{width}: seen", api.pixel(document, width - 6, 2), (240, 128, 32))
        api.equal(f"{width}: one entry", step(api), at + 1)
        yield from api.close(document)
