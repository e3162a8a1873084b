# SPDX-License-Identifier: GPL-3.0-or-later
"""A result into its document, in the form that it was made for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .forms import LAYER
from .host import Host
from .i18n import tr
from .made import make
from .protocol import NurieError
from .qt import QtGui
from .results import Result
from .work import in_thread

__all__ = ["apply_result"]


def apply_result(
    host: Host,
    result: Result,
    color: QtGui.QImage,
    name: str,
    placement: str,
    done: Callable[[str], None],
    failed: Callable[[NurieError], None],
) -> None:
    """``Host.apply``, after a thread has made layers or key strokes of the result's parts. A result whose parts are not
    there becomes the one layer that every result can be, and ``Host.message`` says so."""
    art, form = result.art, result.values.form
    if form == LAYER:
        host.apply(art, color, name, placement, done, failed)
        return

    def made(found: Any) -> None:
        if found is None:
            host.message(tr("Only the colors of this result are there; they are one layer."))
        host.apply(art, color, name, placement, done, failed, found)

    in_thread(lambda: make(form, result.parts, color.size(), art.mask), made, failed)
