# SPDX-License-Identifier: GPL-3.0-or-later
"""4000 × 4000 pixels: it works, and how long Krita cannot answer is on record."""

from __future__ import annotations

import time

from nurie_e2e.api import Api, Steps

from e2e.cases._panel import Panel, drawing

SECONDS = 1800
_SIDE = 4000


def case(api: Api) -> Steps:
    document = yield from drawing(api, _SIDE, _SIDE)
    panel = Panel(api)
    yield from panel.ready(steps=1)
    history = api.history()
    api.blocks.reset()
    yield 2000
    api.fact("GUI thread blocked at most ms, before", str(api.blocks))
    api.blocks.reset()
    start = time.perf_counter()
    yield from panel.colorize()
    api.fact("click to rest ms", round((time.perf_counter() - start) * 1000))
    api.fact("GUI thread blocked at most ms", str(api.blocks))
    yield from api.settle(document)
    api.equal("no complaint", panel.notice, "")
    api.equal("one entry in the history", api.history()[len(history) :], ["Add Layer"])
    name = next((name for name in api.names(document) if name.startswith("Colors")), "")
    api.require("colours are there", name)
    group, result = document.nodeByName(name), panel.result()
    rows = [bytes(group.projectionPixelData(0, y, _SIDE, 1)) for y in range(0, _SIDE, 333)]
    wanted = [api.bytes_of(result.copy(0, y, _SIDE, 1)) for y in range(0, _SIDE, 333)]
    api.check("the layer has the result's pixels, one by one", rows == wanted)
    api.screenshot("4000")
    yield from api.undo(document)
    api.blocks.reset()
    with api.blocks:
        api.trigger("edit_redo")
    yield 3000
    api.fact("redo by Krita alone: GUI thread blocked at most ms", str(api.blocks))
