# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita is ended in the very moment in which colour comes in, and ends as it should: the harness asks for code 0."""

from __future__ import annotations

from nurie_e2e.api import Api, Steps

from e2e.cases._drawing import active, by_name, plain
from nurie_krita.document import KritaHost


def case_quit_while_applying(api: Api) -> Steps:
    host = KritaHost()
    document = api.krita.createDocument(256, 256, "quit", "RGBA", "U16", "", 300.0)
    document.setBatchmode(True)
    api.window.addView(document)
    yield 400
    layer = document.createNode("Line art", "paintlayer")
    document.rootNode().addChildNode(layer, None)
    yield from api.settle(document)
    facts = active(host)
    api.require("a document", facts is not None)
    art = host.read(facts.id, next(source.id for source in facts.sources if source.name == "Line art"))
    made: list[str] = []
    host.apply(art, plain(256, 256), "late colour", "automatic", made.append, lambda error: None)
    yield from api.wait_for(lambda: made, every=1)
    api.check("colour is there", by_name(document, "late colour") is not None)
    host.apply(art, plain(256, 256), "too late", "automatic", made.append, lambda error: None)
