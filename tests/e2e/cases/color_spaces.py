# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of all six colour spaces: one entry in the history each, the document's own space kept, true colours."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui

from e2e.cases._panel import Panel, picture

SECONDS = 1800
_WIDTH, _HEIGHT = 320, 400
_SRGB = "sRGB-elle-V2-srgbtrc.icc"


def _drawing(api: Api, model: str, depth: str) -> Generator[int, None, Any]:
    """Line art in the space of its document, made the way a painter's strokes are: in that space."""
    document = yield from api.new_document(_WIDTH, _HEIGHT, model, depth, "", f"{model} {depth}")
    clone = document.clone()
    clone.setBatchmode(True)
    line = clone.createNode("Line art", "paintlayer")
    line.setColorSpace("RGBA", "U8", _SRGB)
    image = picture("lines", _WIDTH, _HEIGHT).convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    line.setPixelData(QtCore.QByteArray(api.bytes_of(image)), 0, 0, _WIDTH, _HEIGHT)
    clone.rootNode().addChildNode(line, None)
    line.setColorSpace(document.colorModel(), document.colorDepth(), document.colorProfile())
    clone.waitForDone()
    document.rootNode().addChildNode(line.duplicate(), None)
    yield from api.settle(document)
    clone.close()
    yield 200
    document.setActiveNode(document.nodeByName("Line art"))
    yield 300
    return document


def _colorize(api: Api, model: str, depth: str, tolerance: int) -> Steps:
    document = yield from _drawing(api, model, depth)
    panel = Panel(api)
    yield from panel.ready(steps=1)
    space = document.colorModel(), document.colorDepth(), document.colorProfile()
    names = api.names(document)
    own = [bytes(document.nodeByName(name).pixelData(0, 0, _WIDTH, _HEIGHT)) for name in names]
    history = api.history()
    yield from panel.colorize()
    yield from api.settle(document)
    api.equal("no complaint", panel.notice, "")
    api.equal("one entry in the history", api.history()[len(history) :], ["Add Layer"])
    name = next((name for name in api.names(document) if name.startswith("Colors")), "")
    api.require("colours are there", name)
    layer = document.nodeByName(name).childNodes()[0]
    api.equal(
        "the layer is of the document's space", (layer.colorModel(), layer.colorDepth(), layer.colorProfile()), space
    )
    api.equal("so is the document", (document.colorModel(), document.colorDepth(), document.colorProfile()), space)
    now = [bytes(document.nodeByName(name).pixelData(0, 0, _WIDTH, _HEIGHT)) for name in names]
    api.check("no pixel of the artist's own layers is another", now == own)
    worst = _difference(api, document, panel.result())
    api.fact(f"{model} {depth}: largest mean difference of a channel, of 255", worst)
    api.check("what is seen is what was made", worst <= tolerance, worst)
    api.screenshot(f"{model} {depth}")
    yield from api.undo(document)
    api.equal("one undo takes it away", api.names(document), names)


def _difference(api: Api, document: Any, result: QtGui.QImage) -> float:
    """Mean over places without lines of how far a channel is from the result's, the worst of the three."""
    lines = picture("lines", _WIDTH, _HEIGHT)
    seen = document.projection(0, 0, _WIDTH, _HEIGHT)
    sums, count = [0, 0, 0], 0
    for y in range(5, _HEIGHT, 7):
        for x in range(5, _WIDTH, 7):
            if QtGui.QColor(lines.pixelColor(x, y)).alpha() > 0 or result.pixelColor(x, y).alpha() < 255:
                continue
            count += 1
            wanted, found = result.pixelColor(x, y), QtGui.QColor(seen.pixel(x, y))
            for channel, (one, other) in enumerate(
                ((wanted.red(), found.red()), (wanted.green(), found.green()), (wanted.blue(), found.blue()))
            ):
                sums[channel] += abs(one - other)
    api.check("there is something to compare", count > 100, count)
    return round(max(sums) / max(count, 1), 2)


def case_rgb_8(api: Api) -> Steps:
    yield from _colorize(api, "RGBA", "U8", 0)


def case_rgb_16_linear(api: Api) -> Steps:
    yield from _colorize(api, "RGBA", "U16", 1)


def case_rgb_float(api: Api) -> Steps:
    yield from _colorize(api, "RGBA", "F32", 1)


def case_lab_16(api: Api) -> Steps:
    yield from _colorize(api, "LABA", "U16", 2)


def case_cmyk_8(api: Api) -> Steps:
    """Ink cannot show every colour of a screen."""
    yield from _colorize(api, "CMYKA", "U8", 25)


def case_gray_8(api: Api) -> Steps:
    """Greyscale cannot show colours at all: the panel says so and offers to convert."""
    document = yield from _drawing(api, "GRAYA", "U8")
    panel = Panel(api)
    yield from panel.ready(steps=1)
    names = api.names(document)
    yield from panel.press()
    yield from api.until("the panel says something", lambda: panel.notice, 120_000)
    yield from panel.finished()
    api.fact("sentence", panel.notice)
    api.equal("nothing was added", api.names(document), names)
    button = panel.part("nurie_notice_action")
    api.require("there is a button", button.isVisible())
    api.fact("button", button.text())
    api.screenshot("GRAYA U8")
    api.hands.click(button)
    yield from api.until("it is RGB now", lambda: document.colorModel() == "RGBA", 20_000)
    yield from panel.finished()
    if len(api.names(document)) == len(names):
        yield from panel.colorize()
    yield from api.settle(document)
    api.equal("coloured", len(api.names(document)), len(names) + 1)
