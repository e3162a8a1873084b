# SPDX-License-Identifier: GPL-3.0-or-later
"""Every keyframe of a layer becomes a keyframe of one colour layer, all with the same seed and reference."""

from __future__ import annotations

from typing import Any

from nurie_e2e.api import Api, Steps

from e2e.cases._panel import Panel, picture

SECONDS = 1800
_WIDTH, _HEIGHT = 320, 400
_TIMES = (0, 2, 5)


def _animated(api: Api, document: Any) -> Steps:
    layer = document.createNode("Line art", "paintlayer")
    document.rootNode().addChildNode(layer, None)
    yield from api.settle(document)
    layer.enableAnimation()
    document.setActiveNode(layer)
    yield 300
    for time in _TIMES:
        document.setCurrentTime(time)
        document.waitForDone()
        yield 200
        if time:
            api.trigger("add_blank_frame")
            document.waitForDone()
            yield 200
        image = picture("lines", _WIDTH - 8 * time, _HEIGHT - 8 * time)
        image = image.convertToFormat(image.Format.Format_ARGB32)
        layer.setPixelData(api.bytes_of(image), 4 * time, 4 * time, image.width(), image.height())
        yield 200
    document.setFullClipRangeEndTime(8)
    document.setCurrentTime(0)
    yield from api.settle(document)
    api.equal("keyframes are as wanted", [t for t in range(9) if layer.hasKeyframeAtTime(t)], list(_TIMES))


def case(api: Api) -> Steps:
    document = yield from api.new_document(_WIDTH, _HEIGHT)
    yield from _animated(api, document)
    panel = Panel(api)
    yield from panel.ready(steps=1)
    yield 1000
    menu = panel.widget.button.menu
    api.hands.click(panel.part("nurie_colorize_menu"))
    yield from api.until("the menu opens", menu.isVisible)
    api.screenshot("menu", menu)
    action = menu.actions()[0]
    api.fact("menu entry", action.text())
    api.require("frames can be coloured", action.isEnabled())
    api.hands.click(menu, menu.actionGeometry(action).center())
    yield from api.until("it begins", lambda: panel.busy)
    yield from panel.finished(600_000)
    yield from api.until("the layer arrives", lambda: len(api.names(document)) == 3, 60_000)
    yield 2000
    yield from api.settle(document, 500)
    api.equal("no complaint", panel.notice, "")
    api.fact("names", api.names(document))
    made = next(node for node in document.rootNode().childNodes() if node.name().startswith("Colors"))
    layer = made if made.animated() else made.childNodes()[0]
    api.equal("its keyframes are those of the lines", [t for t in range(9) if layer.hasKeyframeAtTime(t)], list(_TIMES))
    frames = [bytes(layer.pixelDataAtTime(0, 0, _WIDTH, _HEIGHT, time)) for time in _TIMES]
    api.check("each has a picture of its own", len(set(frames)) == len(_TIMES))
    api.check("each has colours", all(len(set(frame[0::4])) > 20 for frame in frames))
    api.equal("the time is as it was", document.currentTime(), 0)
    api.screenshot("animated")
