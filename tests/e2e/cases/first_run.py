# SPDX-License-Identifier: GPL-3.0-or-later
"""The first minute: the docker is to be seen, explains itself, and colours a sample drawing with one click."""

from __future__ import annotations

from nurie_e2e.api import Api, Steps

from e2e.cases._panel import Panel

SECONDS = 1800


def case(api: Api) -> Steps:
    panel = Panel(api)
    api.check("the docker shows itself once", panel.docker.isVisible())
    yield from panel.open()
    api.screenshot("first")
    sample = panel.part("nurie_sample")
    api.require("a sample is offered", sample.isVisible())
    api.hands.click(sample)
    yield from api.until("a drawing opens", lambda: api.krita.documents(), 20_000)
    yield from api.until("it begins", lambda: panel.busy, 30_000)
    yield from panel.finished()
    document = api.krita.activeDocument()
    yield from api.until("colours arrive", lambda: any(n.startswith("Colors") for n in api.names(document)), 5000)
    order = [node.name().partition(" ")[0] for node in document.rootNode().childNodes()]
    api.equal("below the lines", order, ["Background", "Colors", "Line"])
    api.equal("no complaint", panel.notice, "")
    api.screenshot("coloured")
