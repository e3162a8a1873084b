# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as Krita's own Colorize Mask: key strokes of ours on the artist's line layer, to be edited further."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from nurie_e2e.api import ARGB32, Api, Steps
from nurie_e2e.qt import QtCore, QtGui

from e2e.cases._drawing import (
    ORANGE,
    active,
    add_in_space,
    by_name,
    close_to,
    layers,
    lines,
    new_steps,
    plain,
    put,
    scan,
    step,
)
from e2e.cases._panel import Panel, drawing
from nurie_krita.document import KritaHost
from nurie_krita.made import KeyStrokes

SECONDS = 1800
_SIZE = (1500, 2000)
BLUE = QtGui.QColor(30, 90, 200)
WHITE = (255, 255, 255)


def _strokes(width: int, height: int) -> KeyStrokes:
    """Of the face of ``_drawing``: its upper half orange, its lower half blue, the corners ground."""
    x, radius = width // 2, min(width, height) // 12
    dabs = [(1, x, round(height * 0.3), radius), (2, x, round(height * 0.7), radius)]
    dabs += [(0, at, row, 1) for at in (3, width - 4) for row in (3, height - 4)]
    return KeyStrokes((_rgb(ORANGE), _rgb(BLUE)), tuple(dabs), QtCore.QSize(width, height))


def _rgb(color: QtGui.QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


def _mask(document: Any, line: str = "Line art") -> Any:
    return next((child for child in by_name(document, line).childNodes() if child.type() == "colorizemask"), None)


def _has_mask(document: Any, *, wanted: bool) -> bool:
    return (_mask(document) is not None) == wanted


def _seen(api: Api, document: Any, width: int, height: int) -> list[tuple[int, int, int]]:
    """The colours of both halves, away from the dabs, and of the ground."""
    places = ((0.2, 0.42), (0.8, 0.58), (0.05, 0.5))
    return [api.pixel(document, round(width * x), round(height * y)) for x, y in places]


def case_in_every_colour_space(api: Api) -> Steps:
    host = KritaHost()
    width, height = 300, 200
    for model, depth, levels in (("RGBA", "U8", 0), ("RGBA", "U16", 3), ("CMYKA", "U8", 60)):
        space = f"{model} {depth}"
        document = yield from api.new_document(width, height, model, depth, name=space)
        line = yield from add_in_space(api, document, "Line art", lines(width, height))
        document.setActiveNode(line)
        yield 200
        facts = active(host)
        art = host.read(facts.id, "active")
        if not facts.masks:
            yield from _refused(api, host, document, art)
            return
        before, at = bytes(line.pixelData(0, 0, width, height)), step(api)
        yield from put(api, host, art, plain(width, height), "Colors", made=_strokes(width, height))
        api.equal(f"{space}: undo entries", new_steps(api, at), ["Add Layer"])
        api.equal(f"{space}: layers", api.names(document), ["Background", "Line art"])
        mask = _mask(document)
        api.require(f"{space}: the mask is there", mask is not None)
        line = by_name(document, "Line art")
        api.check(f"{space}: no pixel is another", bytes(line.pixelData(0, 0, width, height)) == before)
        colors = [_rgb(ORANGE), _rgb(BLUE), WHITE]
        seen = _seen(api, document, width, height)
        api.check(f"{space}: filled", all(close_to(a, b, levels) for a, b in zip(seen, colors, strict=True)), seen)
        api.equal(f"{space}: strokes", (len(mask.keyStrokesColors()), mask.transparencyIndex()), (3, 0))
        api.equal(f"{space}: active layer", document.activeNode().name(), "Line art")
        api.check(f"{space}: modified", document.modified())
        again = host.read(facts.id, "active")
        api.equal(f"{space}: the lines can be read again", again.state, "lines")
        yield from api.undo(document)
        yield from api.until(f"{space}: undone", partial(_has_mask, document, wanted=False))
        api.equal(f"{space}: undone, all is as before", _seen(api, document, width, height), [WHITE] * 3)
        yield from api.redo(document)
        yield from api.until(f"{space}: redone", partial(_has_mask, document, wanted=True))
        api.equal(f"{space}: redone, it is filled", _seen(api, document, width, height), seen)
        yield from api.close(document)


def _refused(api: Api, host: KritaHost, document: Any, art: Any) -> Steps:
    """Krita 5.1: the colours become a layer all the same."""
    api.check("this Krita has none", not hasattr(document, "createColorizeMask"))
    yield from put(api, host, art, plain(300, 200), "Colors", made=_strokes(300, 200))
    api.equal("a layer instead", api.names(document), ["Background", "Colors", "Line art"])


def case_where_none_can_be(api: Api) -> Steps:
    """No paint layer, light lines: a layer as ever. On a scan: Multiply. One after the other: the first is hidden."""
    host = KritaHost()
    document = yield from api.new_document(300, 200, name="where")
    if not active(host).masks:
        api.check("this Krita has none", not hasattr(document, "createColorizeMask"))
        return
    api.add_layer(document, "Line art", scan(300, 200))
    yield from api.settle(document)
    facts = active(host)
    ids = {source.name: source.id for source in facts.sources}
    before = layers(document)
    everything = host.read(facts.id, "visible")
    yield from put(api, host, everything, plain(300, 200), "Colors", made=_strokes(300, 200))
    api.equal("of all that is visible: a layer", api.names(document), ["Background", "Line art", "Colors"])
    yield from api.undo(document)
    art = host.read(facts.id, ids["Line art"])
    yield from put(api, host, art, plain(300, 200), "first", made=_strokes(300, 200))
    api.equal("over a scan it multiplies", _mask(document).blendingMode(), "multiply")
    seen = _seen(api, document, 300, 200)
    api.equal("on a scan", seen, [_rgb(ORANGE), _rgb(BLUE), WHITE])
    api.equal("its lines stay", api.pixel(document, 150, 100), (0, 0, 0))
    other = _strokes(300, 200)
    yield from put(
        api, host, art, plain(300, 200), "second", made=KeyStrokes((_rgb(BLUE), _rgb(ORANGE)), other.dabs, other.size)
    )
    shown = {child.name(): child.visible() for child in by_name(document, "Line art").childNodes()}
    api.equal("the second stands in for the first", shown, {"first": False, "second": True})
    api.equal("and shows", _seen(api, document, 300, 200), [_rgb(BLUE), _rgb(ORANGE), WHITE])
    yield from put(api, host, art, plain(300, 200, QtGui.QColor("red")), "third")
    api.check("a layer stands in for a mask", not _visible_masks(document))
    api.equal("and shows too", api.pixel(document, 60, 84), (255, 0, 0))
    now = layers(document)
    api.equal("the artist's pixels", [now[k][1:] for k in before], [before[k][1:] for k in before])


def _visible_masks(document: Any) -> list[str]:
    children = by_name(document, "Line art").childNodes()
    return [child.name() for child in children if child.type() == "colorizemask" and child.visible()]


def case_from_the_panel_to_the_saved_mask(api: Api) -> Steps:
    """The real engine's areas: what the mask fills is what the result shows."""
    document = yield from drawing(api, *_SIZE)
    if not hasattr(document, "createColorizeMask"):
        api.check("the panel knows", not active(KritaHost()).masks)
        return
    panel = Panel(api)
    yield from panel.ready(steps=2)
    panel.state.options.set(form="mask")
    line = by_name(document, "Line art")
    before, at = bytes(line.pixelData(0, 0, *_SIZE)), step(api)
    api.blocks.reset()
    start = time.perf_counter()
    yield from panel.colorize()
    api.fact("seconds until the colors were there", round(time.perf_counter() - start, 2))
    yield from api.until("the mask is there", lambda: _mask(document) is not None, 120_000)
    api.fact("seconds until the mask was there", round(time.perf_counter() - start, 2))
    api.fact("GUI thread blocked at most ms", str(api.blocks))
    yield 800
    api.equal("no complaint", panel.notice, "")
    api.equal("one entry in the history", new_steps(api, at), ["Add Layer"])
    line = by_name(document, "Line art")
    api.check("no pixel of the lines is another", bytes(line.pixelData(0, 0, *_SIZE)) == before)
    alike = _alike(api, document, panel.result())
    api.fact("share of the page that the mask colors as the result does", round(alike, 4))
    api.check("the mask shows the result", alike > 0.95, alike)
    api.screenshot("1 masked")
    mask = _mask(document)
    colors = [color.componentsOrdered() for color in mask.keyStrokesColors()]
    api.fact("key strokes", len(colors))
    api.check("some colors, and ground", 3 <= len(colors) <= 33 and mask.transparencyIndex() == 0)
    path = api.out / "masked.kra"
    document.setBatchmode(True)
    api.require("it is saved", document.saveAs(str(path)))
    yield from api.close(document)
    again = yield from api.open(path)
    yield 800
    kept = _mask(again)
    api.require("reloaded, it is there", kept is not None)
    api.equal("with its strokes", [color.componentsOrdered() for color in kept.keyStrokesColors()], colors)
    api.equal("and its ground", kept.transparencyIndex(), 0)
    alike_again = _alike(api, again, panel.result())
    api.check("and shows the same", abs(alike_again - alike) < 0.001, (alike, alike_again))
    api.screenshot("5 reloaded")
    yield from _edited(api, again)


def _edited(api: Api, document: Any) -> Steps:
    """As an artist would: the tool's options list the colors; a stroke more, and its area has another color."""
    yield 2000  # the plugin has stopped making the line art active again
    document.setActiveNode(_mask(document))
    yield 300
    api.trigger("KritaShape/KisToolLazyBrush")
    options = next(docker for docker in api.krita.dockers() if docker.objectName() == "sharedtooldocker")
    options.setVisible(True)
    options.raise_()
    api.window.qwindow().resizeDocks([options], [450], QtCore.Qt.Orientation.Vertical)
    yield 1000
    api.screenshot("2 the tool")
    mask = _mask(document)
    mask.setEditKeyStrokes(True)
    yield 2500
    api.screenshot("3 its strokes")
    colors = mask.keyStrokesColors()
    place = _SIZE[0] // 2, round(_SIZE[1] * 0.75)
    seen = api.pixel(document, *place)
    other = next(color for color in colors[1:] if _levels(color) not in (seen, _levels(colors[0])))
    side = 41
    stroke = QtCore.QByteArray(b"\xff" * side * side)
    for color in colors:
        if color is not other:
            mask.setKeyStrokePixelData(
                QtCore.QByteArray(bytes(_SIZE[0] * 400)), color, 0, place[1] - 200, _SIZE[0], 400
            )
    mask.setKeyStrokePixelData(stroke, other, place[0] - side // 2, place[1] - side // 2, side, side)
    mask.setEditKeyStrokes(False)
    mask.updateMask(True)
    yield 500
    yield from api.until("it is filled anew", lambda: _free(document), 300_000)
    yield 1000
    api.equal("the area has the stroke's color", api.pixel(document, *place), _levels(other))
    api.screenshot("4 edited")


def _free(document: Any) -> bool:
    if not document.tryBarrierLock():
        return False
    document.unlock()
    return True


def _levels(color: Any) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in color.componentsOrdered()[:3])


def _alike(api: Api, document: Any, color: QtGui.QImage) -> float:
    """Share of some pixels off the lines at which the page shows the result, or white where that is clear."""
    document.refreshProjection()
    document.waitForDone()
    shown = document.projection(0, 0, *_SIZE).convertToFormat(ARGB32)
    inked = QtGui.QImage(api.bytes_of(_lines(document)), *_SIZE, 4 * _SIZE[0], ARGB32)
    good = total = 0
    for y in range(5, _SIZE[1], 11):
        for x in range(5, _SIZE[0], 11):
            if inked.pixelColor(x, y).alpha() > 8:
                continue
            total += 1
            wanted = color.pixelColor(x, y)
            rgb = wanted.getRgb()[:3] if wanted.alpha() > 128 else WHITE
            good += max(abs(a - b) for a, b in zip(shown.pixelColor(x, y).getRgb()[:3], rgb, strict=True)) <= 40
    return good / max(1, total)


def _lines(document: Any) -> QtGui.QImage:
    data = bytes(by_name(document, "Line art").pixelData(0, 0, *_SIZE))
    return QtGui.QImage(data, *_SIZE, 4 * _SIZE[0], ARGB32).copy()


def case_krita_ends_while_it_fills(api: Api) -> Steps:
    """The last of all: the driver ends Krita now."""
    host = KritaHost()
    document = yield from drawing(api, *_SIZE)
    facts = active(host)
    art = host.read(facts.id, "active")
    told: list[object] = []
    host.apply(art, plain(*_SIZE), "Colors", "automatic", told.append, told.append, _strokes(*_SIZE))
    yield 1500
    api.check("it is not done yet", facts.masks is False or not told, told)
    api.equal("nothing was added yet", len(by_name(document, "Line art").childNodes()), 0)
