# SPDX-License-Identifier: GPL-3.0-or-later
"""A selection limits the colours, with a soft edge, and changes nothing else."""

from __future__ import annotations

from krita import Selection
from nurie_e2e.api import Api, Steps

from e2e.cases._panel import Panel, drawing

SECONDS = 1800
_WIDTH, _HEIGHT = 600, 800


def case(api: Api) -> Steps:
    document = yield from drawing(api, _WIDTH, _HEIGHT)
    panel = Panel(api)
    yield from panel.ready(steps=1)
    selection = Selection()
    selection.select(100, 150, 300, 400, 255)
    selection.feather(6)
    document.setSelection(selection)
    before = bytes(document.selection().pixelData(0, 0, _WIDTH, _HEIGHT))
    only = panel.part("nurie_selection_only")
    api.check("the panel offers to colour the selection only", (yield from api.wait_for(only.isVisible, 10_000)))
    api.screenshot("selected")
    history = api.history()
    yield from panel.colorize()
    yield from api.settle(document)
    api.screenshot("coloured")
    api.equal("one entry in the history", api.history()[len(history) :], ["Add Layer"])
    name = next((name for name in api.names(document) if name.startswith("Colors")), "")
    api.require("colours are there", name)
    pixels = bytes(document.nodeByName(name).projectionPixelData(0, 0, _WIDTH, _HEIGHT))
    alpha = pixels[3::4]
    outside = [found for found, inside in zip(alpha, before, strict=True) if inside == 0]
    api.equal("nothing outside of it", max(outside), 0)
    middle = [alpha[y * _WIDTH + x] for y in range(200, 500, 10) for x in range(150, 350, 10)]
    api.check("colour inside of it", sum(middle) / len(middle) > 200, sum(middle) / len(middle))
    soft = {found for found, inside in zip(alpha, before, strict=True) if 0 < inside < 255}
    api.check("a soft edge", len(soft) > 8, sorted(soft)[:20])
    after = bytes(document.selection().pixelData(0, 0, _WIDTH, _HEIGHT))
    api.check("the selection is as it was", after == before)
    yield from api.undo(document)
    api.equal("one undo takes it away", [name for name in api.names(document) if name.startswith("Colors")], [])
