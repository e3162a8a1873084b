# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's path, with the real backend and the embedded model: open a drawing, drop a reference, click Colorize."""

from __future__ import annotations

import importlib
import time
from typing import Any

from nurie_e2e.api import Api, Steps

from e2e.cases._panel import Panel, drawing, picture

SECONDS = 1800
_SIZE = (1500, 2000)


def case_from_the_drop_to_the_saved_layer(api: Api) -> Steps:
    made = yield from drawing(api, *_SIZE)
    path = api.out / "drawing.kra"
    api.require("the drawing is saved", made.saveAs(str(path)))
    yield from api.close(made)
    document = yield from api.open(path)
    document.setActiveNode(document.nodeByName("Line art"))
    yield 300
    panel = Panel(api)
    yield from panel.open()
    api.screenshot("1 before")
    yield from panel.ready(steps=4)
    api.check("nothing happened to the document yet", not document.modified())
    history, own = api.history(), _own(document)
    yield from _colorize(api, panel, document, "cold")
    api.screenshot("3 applied")

    names = api.names(document)
    api.equal("the colours are below the lines", [names[0], names[2]], ["Background", "Line art"])
    name = names[1]
    seed = panel.state.results.get(panel.state.results.ids[0]).values.seed
    api.equal("their name", name, f"Colors · reference · seed {seed}")
    api.equal("one entry in the history", api.history()[len(history) :], ["Add Layer"])
    active = yield from api.wait_for(lambda: document.activeNode().name() == "Line art", 5000)
    api.check("the line art is active again", active, document.activeNode().name())
    api.check("the document counts as changed", document.modified())
    api.check("no pixel of the artist's own layers is another", _own(document) == own)
    pixels = _pixels(document, name)
    api.check("the layer has the result's pixels", pixels == api.bytes_of(panel.result()))
    api.check("they are colours", _colourful(pixels) > 0.1, _colourful(pixels))
    api.check("no picture lies over the canvas any more", panel.overlay() is None)

    yield from api.undo(document)
    api.equal("one undo takes it away", api.names(document), ["Background", "Line art"])
    api.check("and leaves the rest", _own(document) == own)
    yield from api.redo(document)
    api.equal("redo brings it back", api.names(document), names)
    api.check("with its pixels", _pixels(document, name) == pixels)

    api.require("it is saved again", document.save())
    yield from api.close(document)
    document = yield from api.open(path)
    yield 500
    api.equal("reloaded, it is there", api.names(document), names)
    api.check("reloaded, it has its pixels", _pixels(document, name) == pixels)
    api.check("reloaded, the document names its reference", any("nurie" in kind for kind in document.annotationTypes()))

    document.setActiveNode(document.nodeByName("Line art"))
    yield 300
    yield from _colorize(api, panel, document, "again")
    api.equal("a second result is a layer of its own", len(api.names(document)), 4)
    api.screenshot("4 again")
    # The engine is warm, but of this drawing it knows nothing yet.
    other = picture("lines", *_SIZE).mirrored(True, False)
    document.setActiveNode(api.add_layer(document, "Other lines", other))
    yield from api.settle(document)
    yield from _colorize(api, panel, document, "warm")
    yield from _redo_by_krita(api, document)


def _redo_by_krita(api: Api, document: Any) -> Steps:
    """What Krita itself takes to bring in the same layer; it need not wait for the page to be drawn."""
    yield from api.undo(document)
    api.blocks.reset()
    with api.blocks:
        api.trigger("edit_redo")
    yield 2000
    api.fact("redo by Krita alone: GUI thread blocked at most ms", str(api.blocks))


def _colorize(api: Api, panel: Panel, document: Any, run: str) -> Steps:
    """One colouring with its times, each phase that the button names, and the picture over the canvas."""
    wanted = len(api.names(document)) + 1
    api.blocks.reset()
    yield 2000
    api.fact(f"{run}: GUI thread blocked at most ms, before", str(api.blocks))
    api.blocks.reset()
    start = time.perf_counter()
    yield from panel.press()
    controller = importlib.import_module("nurie_krita.register")._application.controller
    coloring = controller.single._running.coloring
    button, thumbnail = panel.button, panel.widget.results.preview
    seen: dict[str, int] = {}
    first: int | None = None
    while time.perf_counter() - start < 300:
        yield 20
        text = button.text()
        if text not in seen:
            seen[text] = round((time.perf_counter() - start) * 1000)
        # To look for it among all of Krita's widgets, as ``panel.overlay`` does, takes most of the GUI thread's time.
        overlay = controller.shown._overlay
        if first is None and (thumbnail.isVisible() or (overlay is not None and overlay.isVisible())):
            first = round((time.perf_counter() - start) * 1000)
            api.screenshot(f"2 preview {run}")
        if len(api.names(document)) == wanted or (not panel.busy and panel.notice):
            break
    applied = round((time.perf_counter() - start) * 1000)
    api.fact(f"{run}: ms at which the button said", seen)
    api.fact(f"{run}: click to first preview ms", first)
    api.fact(f"{run}: click to applied ms", applied)
    api.fact(f"{run}: of it the engine ms, by stage", {k: round(v * 1000) for k, v in coloring.timings.items()})
    api.fact(f"{run}: from the start of the coloring ms", {k: round(v * 1000) for k, v in coloring.reached.items()})
    api.fact(f"{run}: click to applied without the engine ms", applied - round(coloring.timings["total"] * 1000))
    api.fact(f"{run}: GUI thread blocked at most ms", str(api.blocks))
    api.check(f"{run}: a preview was to be seen", first is not None)
    api.check(f"{run}: the button offered to cancel", any(text.startswith("Cancel · step") for text in seen), seen)
    yield from panel.finished()
    yield from api.settle(document)
    api.equal(f"{run}: no complaint", panel.notice, "")


def _own(document: Any) -> list[bytes]:
    nodes = [node for node in document.rootNode().childNodes() if not node.name().startswith("Colors")]
    return [bytes(node.pixelData(0, 0, *_SIZE)) for node in nodes]


def _pixels(document: Any, name: str) -> bytes:
    return bytes(document.nodeByName(name).projectionPixelData(0, 0, *_SIZE))


def _colourful(pixels: bytes) -> float:
    """Share of the pixels, of some taken from all over, whose channels differ visibly."""
    some = [pixels[at : at + 4] for at in range(0, len(pixels), 4 * 997)]
    return sum(max(p[:3]) - min(p[:3]) > 30 and p[3] > 128 for p in some) / len(some)
