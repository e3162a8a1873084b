# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory for a layer's pixels, found before it is needed.

Krita takes it from the system in ever larger pieces, in whichever thread asks first, and touches all of a piece at
once: 64 MB, 15 to 60 ms, in which the GUI thread would stand still while the first colours are put into a layer.
Asked to draw the page anew in a clone, its own threads do that, before the model colours, and what they are done with
stays Krita's. A clone draws its page anew when it gets another size, not when a layer of it is hidden. Each colouring
needs that again: the layer of the one before has used up what was found then.
"""

from __future__ import annotations

from typing import Any

from .document_color import scratch

__all__ = ["find_memory"]

_BYTES = {"U8": 4, "U16": 8, "F16": 8, "F32": 16}
_MOST = 256 << 20
"""Bytes of a page that is still drawn for it."""


def find_memory(document: Any) -> None:
    """See to it that a layer as large as the page will have its memory. Waits for Krita's threads: 10 to 20 ms at
    1500 x 2000 px."""
    if document.width() * document.height() * _BYTES.get(document.colorDepth(), 4) > _MOST:
        return
    with scratch(document) as clone:
        clone.resizeImage(0, 0, document.width(), document.height() + 1)
