"""A small Krita in memory: documents with one line art each, layers that were made, and what it was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from nurie_krita.host import Canvas, DocumentFacts, GoneError, LineArt, Region, Source
from nurie_krita.made import Made
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore, QtGui

__all__ = ["FakeDocument", "FakeHost", "drawing"]

_SOURCES = (Source("active", "Ink", "active"), Source("visible", "Everything", "visible"))


def drawing(width: int = 128, height: int = 160) -> QtGui.QImage:
    """Two closed shapes in black ink on transparent ground."""
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QtGui.QPainter(image)
    painter.setPen(QtGui.QPen(QtGui.QColor("black"), 3))
    painter.drawEllipse(width // 4, height // 8, width // 2, height // 3)
    painter.drawRect(width // 4, height // 2, width // 2, height // 3)
    painter.end()
    return image


@dataclass
class FakeDocument:
    """state: of its line art. frames: times that have a keyframe. layers: (name, placement, colour), newest last;
    made: what each of them was to be made of."""

    id: str
    image: QtGui.QImage = field(default_factory=drawing)
    state: str = "lines"
    gray: bool = False
    frames: list[int] = field(default_factory=list)
    layers: list[tuple[str, str, QtGui.QImage]] = field(default_factory=list)
    made: list[Made | None] = field(default_factory=list)
    notes: dict[str, bytes] = field(default_factory=dict)


class FakeHost:
    """See ``host.Host``. Tests open, close and change ``open`` documents; ``front``: the active one's id; ``applying``
    counts what is to become a layer in the next round of the event loop."""

    def __init__(self, *documents: FakeDocument) -> None:
        self.open = {document.id: document for document in documents}
        self.front = documents[0].id if documents else None
        self.applying = 0
        self.messages: list[str] = []
        self.reads: list[tuple[str, str, bool]] = []
        self.animated: list[tuple[str, list[int]]] = []
        self._callbacks: list[Callable[[], None]] = []

    def change(self) -> None:
        """Krita tells that something changed."""
        for callback in self._callbacks:
            callback()

    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def active(self) -> DocumentFacts | None:
        return None if self.front is None else self._facts(self._found(self.front))

    def documents(self) -> list[DocumentFacts]:
        return [self._facts(document) for document in self.open.values()]

    def read(self, document: str, source: str, *, selection_only: bool = True) -> LineArt:
        self.reads.append((document, source, selection_only))
        found = self._found(document)
        if found.gray:
            raise NurieError("This drawing is grayscale.", code="gray_document")
        named = next((entry for entry in _SOURCES if entry.id == source), None)
        if named is None:
            raise GoneError("The layer is gone.")
        region = Region(0, 0, found.image.width(), found.image.height())
        state = "lines" if source == "visible" and found.state == "empty" else found.state
        return LineArt(document, named, found.image, region, layer="ink", state=state)

    def frames(self, document: str, source: str) -> list[int]:
        return list(self._found(document).frames)

    def read_frame(self, document: str, source: str, time: int) -> LineArt:
        return replace(self.read(document, source), time=time)

    def picture(self, document: str, source: str) -> QtGui.QImage:
        return self._found(document).image

    def apply(
        self,
        art: LineArt,
        color: QtGui.QImage,
        name: str,
        placement: str,
        done: Callable[[str], None],
        failed: Callable[[NurieError], None],
        made: Made | None = None,
    ) -> None:
        def put() -> None:
            self.applying -= 1
            try:
                found = self._found(art.document)
            except GoneError as error:
                failed(error)
                return
            found.layers.append((name, placement, color))
            found.made.append(made)
            done(f"layer {len(found.layers)}")

        self.applying += 1
        QtCore.QTimer.singleShot(0, put)

    def apply_frames(
        self,
        arts: Sequence[LineArt],
        colors: Sequence[QtGui.QImage],
        name: str,
        done: Callable[[str], None],
        failed: Callable[[NurieError], None],
    ) -> None:
        assert len(arts) == len(colors)
        self.animated.append((name, [art.time for art in arts if art.time is not None]))
        done("animated")

    def convert_to_rgb(self, document: str) -> None:
        self._found(document).gray = False

    def annotation(self, document: str, key: str) -> bytes | None:
        return self._found(document).notes.get(key)

    def annotate(self, document: str, key: str, data: bytes) -> None:
        self._found(document).notes[key] = data

    def open_image(self, image: QtGui.QImage, name: str) -> str:
        self.open[name] = FakeDocument(name, image.convertToFormat(QtGui.QImage.Format.Format_ARGB32))
        self.front = name
        return name

    def canvas(self, document: str) -> Canvas | None:
        return None

    def message(self, text: str) -> None:
        self.messages.append(text)

    def close(self, document: str) -> None:
        """The artist closes it."""
        del self.open[document]
        self.front = next(iter(self.open), None)
        self.change()

    def _found(self, document: str) -> FakeDocument:
        try:
            return self.open[document]
        except KeyError:
            raise GoneError("The drawing is closed.") from None

    def _facts(self, found: FakeDocument) -> DocumentFacts:
        size = found.image.width(), found.image.height()
        return DocumentFacts(found.id, found.id, *size, _SOURCES, gray=found.gray, frames=len(found.frames))
