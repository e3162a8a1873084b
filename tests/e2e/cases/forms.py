# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as flats, shadows and lights, and as one layer per colour: a group each, in one undo step."""

from __future__ import annotations

from typing import Any

from nurie_e2e.api import ARGB32, Api, Steps
from nurie_e2e.qt import QtCore, QtGui

from e2e.cases._drawing import active, add_in_space, by_name, close_to, layers, lines, new_steps, plain, put, step
from e2e.cases._panel import Panel, drawing
from nurie_krita.document import KritaHost
from nurie_krita.made import Sheet, Sheets

SECONDS = 1800
_SIZE = (900, 1200)
DARK, LIGHT = QtGui.QColor(96, 64, 32), QtGui.QColor(224, 160, 96)


def _tones(width: int, height: int) -> Sheets:
    """Flats of one colour, on the left half a shadow, on the right half a light."""
    flats, shadows, lights = (plain(width, height, QtGui.QColor(name)) for name in ("#c08040", "#808080", "#202020"))
    clear = QtGui.QImage(width // 2, height, ARGB32)
    clear.fill(0)
    for image, left in ((shadows, width // 2), (lights, 0)):
        painter = QtGui.QPainter(image)
        painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(left, 0, clear)
        painter.end()
    sheets = (Sheet("Flats", flats), Sheet("Shadows", shadows, blending="multiply"))
    return Sheets((*sheets, Sheet("Highlights", lights, blending="add")), QtCore.QSize(width, height))


def _shown(width: int, height: int) -> QtGui.QImage:
    """What these come to."""
    image = plain(width, height, LIGHT)
    painter = QtGui.QPainter(image)
    painter.fillRect(0, 0, width // 2, height, DARK)
    painter.end()
    return image


def case_tones_in_every_colour_space(api: Api) -> Steps:
    """Colour, shadow and light come out as they were meant, whatever a space makes of Multiply and Addition."""
    host = KritaHost()
    width, height = 120, 80
    spaces = (("RGBA", "U8", 1), ("RGBA", "U16", 6), ("RGBA", "F32", 6), ("CMYKA", "U8", 30), ("LABA", "U16", 5))
    for model, depth, levels in spaces:
        space = f"{model} {depth}"
        document = yield from api.new_document(width, height, model, depth, name=space)
        line = yield from add_in_space(api, document, "Line art", lines(width, height))
        document.setActiveNode(line)
        yield 150
        art = host.read(active(host).id, "active")
        color = _shown(width, height)
        before, at = layers(document), step(api)
        made = _tones(width, height)
        yield from put(api, host, art, color, "Colors · x", made=made)
        api.equal(f"{space}: undo entries", new_steps(api, at), ["Add Layer"])
        group = by_name(document, "Colors · x")
        api.require(f"{space}: the group is there", group is not None)
        found = [(layer.name(), layer.blendingMode()) for layer in group.childNodes()]
        api.equal(f"{space}: names", [name for name, _ in found], ["Flats", "Shadows", "Highlights"])
        api.fact(f"{space}: modes", [mode for _, mode in found])
        seen = [_on_canvas(document, x, 4) for x in (10, 110)]
        wanted = [DARK.getRgb()[:3], LIGHT.getRgb()[:3]]
        good = all(close_to(one, other, levels) for one, other in zip(seen, wanted, strict=True))
        api.check(f"{space}: shadow and light", good, seen)
        api.equal(f"{space}: artist's layers", {k: v for k, v in layers(document).items() if k in before}, before)
        yield from api.undo(document)
        api.equal(f"{space}: undone", api.names(document), ["Background", "Line art"])
        yield from api.close(document)


def case_from_the_panel(api: Api) -> Steps:
    document = yield from drawing(api, *_SIZE)
    panel = Panel(api)
    yield from panel.ready(steps=1)
    panel.state.options.set(seed=3, keep_seed=True)
    for form, style in (("tones", "shaded"), ("colors", None)):
        panel.state.options.set(form=form, style=style)
        own, at = layers(document), step(api)
        api.blocks.reset()
        yield from panel.colorize()
        yield from api.until(f"{form}: the group is there", lambda: _group(document) is not None, 60_000)
        api.fact(f"{form}: GUI thread blocked at most ms", str(api.blocks))
        yield 600
        api.equal(f"{form}: no complaint", panel.notice, "")
        api.equal(f"{form}: one entry in the history", new_steps(api, at), ["Add Layer"])
        group = _group(document)
        inside = [(layer.name(), layer.blendingMode()) for layer in group.childNodes()]
        api.fact(f"{form}: layers", inside)
        if form == "tones":
            wanted = [("Flats", "normal"), ("Shadows", "multiply"), ("Highlights", "add")]
            api.equal("tones: layers and modes", inside, wanted)
        else:
            api.check("colors: two to thirty-two", 2 <= len(inside) <= 32, len(inside))
            api.check("colors: named by them", all(name.startswith("#") for name, _ in inside), inside)
        shown = bytes(group.projectionPixelData(0, 0, *_SIZE))
        off = _difference(shown, api.bytes_of(panel.result()))
        api.fact(f"{form}: mean difference from the result, levels", round(off, 2))
        api.check(f"{form}: it shows the result", off < (1 if form == "tones" else 8), off)
        api.equal(f"{form}: the artist's layers", {k: v for k, v in layers(document).items() if k in own}, own)
        group.setCollapsed(False)
        yield 300
        api.screenshot(form)
        yield from api.undo(document)
        yield from api.until(f"{form}: one undo takes it away", lambda: _group(document) is None)


def _on_canvas(document: Any, x: int, y: int) -> tuple[int, int, int]:
    """The colour that is on the page as Krita has drawn it by itself."""
    red, green, blue, _ = QtGui.QColor(document.projection(x, y, 1, 1).pixel(0, 0)).getRgb()
    return int(red or 0), int(green or 0), int(blue or 0)


def _group(document: Any) -> Any:
    return next((node for node in document.rootNode().childNodes() if node.name().startswith("Colors")), None)


def _difference(one: bytes, other: bytes) -> float:
    """Mean of the channels of some pixels that both paint; 255 where only one does."""
    total, count = 0.0, 0
    for at in range(0, len(one), 4 * 251):
        a, b = one[at : at + 4], other[at : at + 4]
        if a[3] == b[3] == 0:
            continue
        count += 1
        total += 255 if (a[3] > 0) != (b[3] > 0) else sum(abs(x - y) for x, y in zip(a[:3], b[:3], strict=True)) / 3
    return total / max(1, count)
