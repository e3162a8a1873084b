# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours drawings by Krita's own Colorize Mask, from 5.2 on; tests/compare names them and reads what comes out."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from krita import ManagedColor
from nurie_e2e.api import ARGB32, Api, Steps
from nurie_e2e.qt import QtCore, QtGui

SECONDS = 1800


def case(api: Api) -> Steps:
    folder = Path(os.environ["NURIE_COMPARE"])
    for task in json.loads((folder / "tasks.json").read_text(encoding="utf-8")):
        name, width, height = task["name"], task["width"], task["height"]
        document = yield from api.new_document(width, height)
        api.fact("mask", hasattr(document, "createColorizeMask"))
        api.require("Python reaches the Colorize Mask", api.record.facts["mask"])
        ink = (folder / f"{name}.ink").read_bytes()
        lines = bytearray(4 * len(ink))
        lines[3::4] = ink
        image = QtGui.QImage(bytes(lines), width, height, 4 * width, ARGB32)
        layer = api.add_layer(document, "lines", image)
        mask = document.createColorizeMask("colors")
        layer.addChildNode(mask, None)
        mask.setEditKeyStrokes(True)
        _give_strokes(mask, task, (folder / f"{name}.dabs").read_bytes())
        document.waitForDone()
        started = time.perf_counter()
        mask.updateMask(True)
        document.waitForDone()
        api.fact(f"seconds {name}", time.perf_counter() - started)
        mask.setEditKeyStrokes(False)
        mask.setShowOutput(True)
        yield from api.settle(document, 1500)
        settings = (mask.useEdgeDetection(), mask.edgeDetectionSize(), mask.cleanUpAmount(), mask.limitToDeviceBounds())
        api.fact("settings", settings)
        colored = bytes(layer.projectionPixelData(0, 0, width, height))
        result = QtGui.QImage(colored, width, height, 4 * width, ARGB32)
        api.check(f"{name} is kept", result.save(str(folder / f"{name}.png")))
        api.screenshot(name)
        yield from api.close(document)


def _give_strokes(mask: Any, task: dict[str, Any], dabs: bytes) -> None:
    """``dabs`` holds 0 for nothing and the colour's number, from 1 on, at each pixel."""
    colors = []
    for red, green, blue in task["colors"]:
        color = ManagedColor("RGBA", "U8", "")
        color.setComponents([blue / 255, green / 255, red / 255, 1.0])
        colors.append(color)
    mask.initializeKeyStrokeColors(colors)
    for number, color in enumerate(colors, start=1):
        drawn = dabs.translate(bytes(255 * (value == number) for value in range(256)))
        mask.setKeyStrokePixelData(QtCore.QByteArray(drawn), color, 0, 0, task["width"], task["height"])
