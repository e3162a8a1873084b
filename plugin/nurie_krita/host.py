# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel asks of the program it lives in. Krita answers in ``document``; the tests have a small fake.

Everything here is called on the GUI thread. Pixels travel as ``QImage`` in Format_ARGB32 (straight alpha, sRGB),
places as document pixels. Documents and layers are named by ids which outlive Krita's short-lived wrapper objects; an
id of something that is gone raises ``GoneError``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .protocol import NurieError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .made import Made
    from .qt import QtGui, QtWidgets

__all__ = ["AUTOMATIC", "PLACEMENTS", "DocumentFacts", "GoneError", "Host", "LineArt", "Region", "Source"]

AUTOMATIC = "automatic"
PLACEMENTS = (AUTOMATIC, "below", "above", "top", "replace")
"""Where colour goes: automatic (below transparent line art, above an opaque scan with Multiply, or Screen), directly
below the line art, directly above it with Multiply, on top of everything, or in the place of this panel's last result,
which is hidden."""


class GoneError(NurieError):
    """A document or a layer is no longer there."""

    default_code = "gone"


@dataclass(frozen=True)
class Region:
    """A rectangle of document pixels; width and height are at least 1."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Source:
    """Where line art can be read from.

    id: ``active``, ``visible``, or a layer's own id. kind: ``active``, ``layer``, ``group`` or ``visible``.
    """

    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class DocumentFacts:
    """What the panel shows of a document. selection: its bounds, or None. gray: it cannot show colours. masks: a
    Colorize Mask can be made in it."""

    id: str
    name: str
    width: int
    height: int
    sources: tuple[Source, ...] = ()
    selection: Region | None = None
    gray: bool = False
    frames: int = 0
    masks: bool = True


@dataclass(frozen=True)
class LineArt:
    """Line art as read, before it is sent.

    image: Format_ARGB32 of ``region``, its sides divided by a whole number where the region is huge (above 40
    megapixels). layer: id of the layer the colour is placed beside, None for the whole document. mask:
    Format_Grayscale8 of the image's size, 255 where colour is wanted, None for everywhere. opaque: a scan on a solid
    ground; dark: that of chalk on slate, darker than its lines. state: ``lines``, ``empty`` or ``colored``; time: the
    frame it was read at, None for a still. anchor: where the layer's lines, or the page, lay when it was read; colour
    follows them when they are moved meanwhile. page: width and height of the document then.
    """

    document: str
    source: Source
    image: QtGui.QImage
    region: Region
    layer: str | None = None
    mask: QtGui.QImage | None = None
    opaque: bool = False
    dark: bool = False
    state: str = "lines"
    time: int | None = None
    anchor: Region | None = None
    page: tuple[int, int] | None = None


class Host(Protocol):
    """The panel's view of Krita. Every method may raise ``GoneError`` or another NurieError with one clear sentence."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back whenever the active document, its layers or its selection may have changed."""

    def active(self) -> DocumentFacts | None: ...

    def documents(self) -> list[DocumentFacts]: ...

    def read(self, document: str, source: str, *, selection_only: bool = True) -> LineArt: ...

    def frames(self, document: str, source: str) -> list[int]: ...

    def read_frame(self, document: str, source: str, time: int) -> LineArt: ...

    def picture(self, document: str, source: str) -> QtGui.QImage: ...

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
        """Put colour of the line art's region into its document, in one undo step. Returns at once, raises nothing, and
        waits for the end of a brush stroke; then one of ``done`` (with the new layer's id) and ``failed`` is called.

        ``made``: layers, or key strokes of a Colorize Mask, instead of the one layer; where no mask can be, the colour
        becomes that layer, and ``message`` says why.

        ``gray_document``: offer ``convert_to_rgb``. Where the line art's layer is gone, colour goes on top, and
        ``message`` says so.
        """

    def apply_frames(
        self,
        arts: Sequence[LineArt],
        colors: Sequence[QtGui.QImage],
        name: str,
        done: Callable[[str], None],
        failed: Callable[[NurieError], None],
    ) -> None:
        """The same for frames of one line art, as one animated layer."""

    def convert_to_rgb(self, document: str) -> None: ...

    def annotation(self, document: str, key: str) -> bytes | None: ...

    def annotate(self, document: str, key: str, data: bytes) -> None: ...

    def open_image(self, image: QtGui.QImage, name: str) -> str: ...

    def canvas(self, document: str) -> Canvas | None: ...

    def message(self, text: str) -> None: ...


@dataclass(frozen=True)
class Canvas:
    """The canvas that shows a document. to_widget: affine map (m11, m12, m21, m22, dx, dy) from document pixels to
    the widget's pixels as of now; None where this Krita cannot tell (before 5.2)."""

    widget: QtWidgets.QWidget
    to_widget: Callable[[], tuple[float, float, float, float, float, float] | None] = field(repr=False)
