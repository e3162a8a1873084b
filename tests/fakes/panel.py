"""A panel with references, results and a document, in the palettes that Krita comes with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from nurie_krita.host import DocumentFacts, LineArt, Region, Source
from nurie_krita.library import DEFAULT_SET, Entry, Library, ReferenceSet
from nurie_krita.options import Options, OptionValues
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.references import ReferenceModel
from nurie_krita.results import ResultModel
from nurie_krita.state import PanelState

HAIR = ("#5b3a8c", "#d08a3a", "#2b2b33", "#c94f6d", "#8fb6d9", "#3f7a4d", "#e0c36a", "#7a4a2b")

_SCHEMES = {  # window, its text, base, button, highlight, highlighted text: Krita's own colour schemes
    "dark": ((71, 71, 71), (200, 200, 200), (56, 56, 56), (54, 54, 54), (83, 114, 142), (235, 235, 235)),
    "darker": ((50, 50, 50), (235, 235, 235), (28, 28, 28), (45, 45, 45), (83, 114, 142), (255, 255, 255)),
    "bright": ((212, 212, 212), (42, 42, 42), (244, 244, 244), (228, 228, 228), (92, 144, 188), (240, 240, 240)),
}


def palette(name: str) -> QtGui.QPalette:
    """One of Krita's palettes: ``dark``, ``darker`` or ``bright``."""
    window, text, base, button, highlight, highlighted = (QtGui.QColor(*rgb) for rgb in _SCHEMES[name])
    roles, groups = QtGui.QPalette.ColorRole, QtGui.QPalette.ColorGroup
    made = QtGui.QPalette(button, window)
    for group in (groups.Active, groups.Inactive, groups.Disabled):
        faded = _between(text, window) if group == groups.Disabled else text
        for role, color in (
            (roles.Window, window),
            (roles.WindowText, faded),
            (roles.Base, base),
            (roles.AlternateBase, _between(base, window)),
            (roles.Text, faded),
            (roles.Button, button),
            (roles.ButtonText, faded),
            (roles.Highlight, highlight),
            (roles.HighlightedText, highlighted),
            (roles.ToolTipBase, base),
            (roles.ToolTipText, text),
            (roles.PlaceholderText, _between(text, base)),
        ):
            made.setColor(group, role, color)
    return made


def _between(first: QtGui.QColor, second: QtGui.QColor) -> QtGui.QColor:
    pairs = zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)
    return QtGui.QColor(*(((a or 0) + (b or 0)) // 2 for a, b in pairs))


def portrait(number: int, width: int = 240, height: int = 320, *, lines_only: bool = False) -> QtGui.QImage:
    """A simple head: another colour of hair for each number."""
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(0, 0, 0, 0) if lines_only else QtGui.QColor("#f3ece2"))
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.scale(width / 240, height / 320)
    painter.setPen(QtGui.QPen(QtGui.QColor("#20181c"), 4))
    shapes = (
        (QtCore.QRectF(30, 200, 180, 200), "#2d4f8f" if number % 2 else "#a33b4d"),
        (QtCore.QRectF(45, 25, 150, 195), HAIR[number % len(HAIR)]),
        (QtCore.QRectF(65, 60, 110, 140), "#f6d3bd"),
        (QtCore.QRectF(90, 115, 16, 26), "#3b82c4"),
        (QtCore.QRectF(135, 115, 16, 26), "#3b82c4"),
    )
    for box, color in shapes:
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush if lines_only else QtGui.QBrush(QtGui.QColor(color)))
        painter.drawEllipse(box)
    # A digit's worth of dots keeps pictures of the same colours apart.
    for bit in range(10):
        if number >> bit & 1:
            painter.drawPoint(20 + 8 * bit, 12)
    painter.end()
    return image


def document(**changes: object) -> DocumentFacts:
    """An open drawing with two layers and a group."""
    facts: dict[str, object] = {
        "id": "doc",
        "name": "Page 3",
        "width": 1500,
        "height": 2000,
        "sources": (
            Source("active", "Ink", "active"),
            Source("layer-1", "Ink", "layer"),
            Source("group-1", "Lines", "group"),
            Source("visible", "", "visible"),
        ),
    }
    return DocumentFacts(**{**facts, **changes})  # type: ignore[arg-type]


def state(folder: Path) -> PanelState:
    """An empty state that keeps its references in a folder."""
    return PanelState(ReferenceModel(folder), ResultModel(), Options())


def library(folder: Path, count: int) -> None:
    """What many references added before have left on disk; their thumbnails are yet to be made."""
    pictures = folder / "references"
    pictures.mkdir(parents=True)
    entries = []
    for number in range(count):
        data = QtCore.QByteArray()
        buffer = QtCore.QBuffer(data)
        buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
        assert portrait(number, 60, 80).save(buffer, "PNG")
        digest = hashlib.sha256(data.data()).hexdigest()
        entries.append(Entry(digest, f"Name {number}", width=60, height=80))
        (pictures / f"{digest}.png").write_bytes(data.data())
    arranged = Library((ReferenceSet(DEFAULT_SET, "", tuple(entries)),))
    (folder / "references.json").write_text(json.dumps(arranged.to_dict()))


def add_results(results: ResultModel, count: int) -> list[str]:
    """Colorings of one drawing; their ids, newest first."""
    art = LineArt("doc", Source("active", "Ink", "active"), QtGui.QImage(), Region(0, 0, 240, 320))
    for number in range(count):
        results.add(portrait(number), art, OptionValues(seed=1000 + number), name=f"Alice {number}")
    return list(results.ids)


def pump(milliseconds: int = 30) -> None:
    """Let what is waiting happen."""
    loop = QtCore.QEventLoop()
    QtCore.QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def dress(scheme: str, *, rtl: bool = False) -> None:
    """Krita's style, font size and palette for the whole program."""
    app = QtWidgets.QApplication.instance()
    assert isinstance(app, QtWidgets.QApplication)
    app.setStyle("Fusion")
    font = QtGui.QFont("DejaVu Sans")
    font.setPointSizeF(9)
    app.setFont(font)
    app.setPalette(palette(scheme))
    app.setLayoutDirection(QtCore.Qt.LayoutDirection.RightToLeft if rtl else QtCore.Qt.LayoutDirection.LeftToRight)
