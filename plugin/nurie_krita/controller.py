# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel's buttons and Krita's actions do: line art out of the document, through the backend, colours back.

Every method is an intent of the artist's, takes no time, and never raises: what goes wrong becomes one sentence with
at most one button (``state.notice``). A result is kept in ``state.results`` before anything is done with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .batch import Batch
from .host import DocumentFacts, Host, LineArt
from .i18n import tr
from .memory import DocumentMemory
from .notices import notice_for, told
from .pace import Pace
from .process import Backend
from .protocol import NurieError
from .qt import QtCore, QtGui, QtWidgets
from .result_applying import apply_result
from .results import Result
from .sample import SampleDrawing
from .shown import ShownPicture
from .single import Single
from .state import Notice, PanelState

__all__ = ["Controller"]


class Controller(QtCore.QObject):
    """One for the whole of Krita. ``shown`` is the picture that lies over the canvas."""

    def __init__(
        self, state: PanelState, host: Host, backend: Backend, pace: Pace, parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.host = host
        self.backend = backend
        self.shown = ShownPicture(state, host, self)
        self.memory = DocumentMemory(state, host, self)
        self.batch = Batch(state, host, backend, self.memory, self)
        self.single = Single(state, backend, pace, self.shown, self)
        self._sample = SampleDrawing(state, host, self.colorize, self)
        self.single.done.connect(self._done)
        self.single.failed.connect(self.tell)
        state.references.refused.connect(self.tell)
        backend.failed.connect(self.tell)
        host.on_change(self.refresh)

    # The document

    @told
    def refresh(self) -> None:
        """The active document, its layers or its selection may have changed."""
        self.state.document = self.host.active()
        self.memory.recall()
        self.shown.update()

    # Colouring

    @told
    def colorize(self, *, despite: bool = False, source: str | None = None) -> None:
        """Colour the line art of the active document. ``despite``: even where it looks coloured already."""
        if self.state.activity.busy:
            return
        self.state.notice = None
        document = self._document()
        values = self.state.options.values
        references = self.references()
        art = self.host.read(document.id, source or values.source, selection_only=values.selection_only)
        if not despite and not self._colorable(art):
            return
        self.memory.keep(document.id)
        values = replace(values, seed=self.state.options.next_seed())
        self.single.start(art, values, references, self.label(references))

    def cancel(self) -> None:
        """Stop what runs, a queue altogether."""
        self.single.cancel()
        self.batch.cancel()

    def references(self) -> tuple[str, ...]:
        """Digests of the references in use; NurieError without one."""
        references = self.state.references.enabled
        if not references:
            raise NurieError(
                tr("Choose a picture to take the colors from first."),
                tr("Click one in the gallery, or drop an image file on it."),
                code="no_reference",
            )
        return references

    def label(self, references: tuple[str, ...]) -> str:
        """What a layer is called by: the first reference's name, and how many more there are."""
        name = self.state.references.name(references[0])
        more = len(references) - 1
        return tr("{name} +{more}", name=name, more=more) if more else name

    def _document(self) -> DocumentFacts:
        document = self.host.active()
        if document is None:
            raise NurieError(
                tr("There is no drawing to color."), tr("Open one, or try the sample."), code="no_document"
            )
        return document

    def _colorable(self, art: LineArt) -> bool:
        if art.state == "empty":
            self.state.notice = Notice(
                tr("“{name}” has no lines.", name=art.source.name),
                action=tr("Use all visible layers") if art.source.kind != "visible" else None,
                action_id="use_visible" if art.source.kind != "visible" else None,
                level="warning",
            )
        elif art.state == "colored":
            self.state.notice = Notice(
                tr("“{name}” looks colored already.", name=art.source.name),
                action=tr("Color it anyway"),
                action_id="colorize_anyway",
                level="warning",
            )
        return art.state == "lines"

    @told
    def _done(self, result: str) -> None:
        values = self._result(result).values
        if values.auto_apply:
            self._apply(result, values.placement)
        else:
            self.show_result(result)
            self.shown.end_preview()

    # Results

    @told
    def apply(self, result: str, placement: str | None = None) -> None:
        """Make a layer of it, where it was made for or as the button's menu says."""
        self._apply(result, placement or self.state.options.values.placement)

    def apply_shown(self) -> None:
        """Make a layer of what lies over the canvas, or of the newest."""
        result = self.state.results.shown or next(iter(self.state.results.ids), None)
        if result is not None:
            self.apply(result)

    @told
    def show_result(self, result: str | None) -> None:
        """Lay it over the canvas; None takes it away."""
        self.shown.show(result)

    def show_previous(self) -> None:
        """One back in the strip of results."""
        self._show_beside(1)

    def show_next(self) -> None:
        """One forward in the strip of results."""
        self._show_beside(-1)

    def _show_beside(self, step: int) -> None:
        ids, shown = self.state.results.ids, self.state.results.shown
        if ids:
            place = ids.index(shown) + step if shown in ids else 0
            self.show_result(ids[min(max(place, 0), len(ids) - 1)])

    def toggle_preview(self) -> None:
        """Hide the picture over the canvas, or show it again."""
        self.shown.toggle()

    @told
    def reuse(self, result: str) -> None:
        """Take over the settings that a result was made with."""
        self.state.options.assign(replace(self._result(result).values, keep_seed=True))

    @told
    def use_as_reference(self, result: str) -> None:
        """Add a result's picture to the gallery."""
        found = self._result(result)
        self.state.references.add_image(self.state.results.color(result), found.name)

    def _result(self, result: str) -> Result:
        found = self.state.results.get(result)
        if found is None:
            raise NurieError(tr("This result is not kept any more."), tr("Color the drawing again."), code="gone")
        return found

    @told
    def _apply(self, result: str, placement: str) -> None:
        found = self._result(result)
        name = tr("Colors · {name} · seed {seed}", name=found.name, seed=found.values.seed)

        def applied(_layer: str) -> None:
            self.state.results.mark_applied(result)
            self.shown.show(None)
            self._end_preview()

        def failed(error: NurieError) -> None:
            self._end_preview()
            self.tell(error)

        apply_result(self.host, found, self.state.results.color(result), name, placement, applied, failed)

    def _end_preview(self) -> None:
        """The last estimate has stayed until its colours were there, unless another drawing is coloured by now."""
        if not self.state.activity.busy:
            self.shown.end_preview()

    # References

    @told
    def add_layer(self) -> None:
        """The active layer's picture as a reference."""
        self.add_from("active")

    @told
    def add_selection(self) -> None:
        """What lies inside the selection as a reference."""
        self.add_from("selection")

    @told
    def add_from(self, source: str) -> None:
        """A picture of the document as a reference; source: ``active``, ``selection``, ``visible`` or a layer's id."""
        document = self._document()
        self.state.references.add_image(self.host.picture(document.id, source), document.name)

    @told
    def paste_reference(self) -> None:
        """The picture in the clipboard as a reference."""
        clipboard = QtWidgets.QApplication.clipboard()
        image = clipboard.image() if clipboard is not None else QtGui.QImage()
        if image.isNull():
            raise NurieError(
                tr("There is no picture in the clipboard."), tr("Copy one and paste again."), code="bad_input"
            )
        self.state.references.add_image(image, tr("Pasted"))

    @told
    def try_sample(self) -> None:
        """Open the sample drawing and colour it by the sample reference."""
        self.state.notice = None
        self._sample.start()

    # The rest

    def roll_seed(self) -> None:
        """Another seed."""
        self.state.options.roll_seed()

    @told
    def colorize_frames(self) -> None:
        """Every keyframe of the line art into one animated layer."""
        self._begin_batch(lambda: self.batch.frames(self._document(), self.references(), self.label(self.references())))

    @told
    def colorize_pages(self) -> None:
        """Every open drawing, each by the same references."""
        self._begin_batch(lambda: self.batch.pages(self.references(), self.label(self.references())))

    def _begin_batch(self, begin: Callable[[], None]) -> None:
        if not self.state.activity.busy:
            self.state.notice = None
            begin()

    @told
    def convert_to_rgb(self) -> None:
        """Give the active document colours."""
        self.host.convert_to_rgb(self._document().id)
        self.state.notice = None

    def act_on_notice(self, action: str) -> None:
        """The button of the notice was pressed."""
        self.state.notice = None
        match action:
            case "retry":
                self.colorize()
            case "go_on":
                self.batch.pause(False)
            case "use_visible":
                self.state.options.set(source="visible")
                self.colorize()
            case "colorize_anyway":
                self.colorize(despite=True)
            case "convert_to_rgb":
                self.convert_to_rgb()
            case "try_sample":
                self.try_sample()
            case "restart":
                self.backend.ensure()

    def tell(self, error: object) -> None:
        """Show it to the artist, with the button that helps."""
        self.state.notice = notice_for(error)
