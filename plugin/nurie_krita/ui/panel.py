# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's content: choose a reference, press Colorize; everything else has a good default and stays small."""

from __future__ import annotations

import itertools

from nurie_krita.i18n import tr
from nurie_krita.pace import Pace
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.settings import Settings
from nurie_krita.state import Notice, PanelState
from nurie_krita.ui.colorize_button import ColorizeButton
from nurie_krita.ui.drops import Dropped
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.menus import fill_colorize
from nurie_krita.ui.notice_bar import NoticeBar
from nurie_krita.ui.options_box import OptionsBox
from nurie_krita.ui.prompts import ask_pictures
from nurie_krita.ui.references_section import ReferencesSection
from nurie_krita.ui.results_section import ResultsSection
from nurie_krita.ui.source_row import SourceRow
from nurie_krita.ui.status_line import StatusLine
from nurie_krita.ui.sticky import StickyScroll
from nurie_krita.ui.wheel_guard import WheelGuard

__all__ = ["ColorizePanel", "build_panel"]

_MARGIN = 8
_UNFOLDED = "more"


class ColorizePanel(QtWidgets.QWidget):
    """Shows a ``PanelState`` and says what the artist wants; decides nothing.

    The signals are the artist's intents. Choosing, renaming and removing references and changing options goes straight
    into the state's models. ``settings``, where given, remembers what is unfolded and says whether work is sent
    away; ``pace`` tells how long a coloring will take.
    """

    colorize = Signal()
    cancel = Signal()
    frames = Signal()
    all_documents = Signal()
    pause = Signal(bool)
    apply = Signal(str, str)  # result, placement; an empty placement is the options' own
    show_result = Signal(object)  # id or None
    reuse = Signal(str)
    use_as_reference = Signal(str)
    save_result = Signal(str)
    compare = Signal(bool)  # while pressed: the drawing without colors
    add_files = Signal(list)
    add_image = Signal(QtGui.QImage, str)
    add_data = Signal(bytes, str)
    add_from = Signal(str)  # "active" or "selection"
    try_sample = Signal()
    notice_action = Signal(str)
    convert_to_rgb = Signal()
    open_settings = Signal()
    open_licence = Signal()
    copy_diagnostics = Signal()

    def __init__(
        self,
        state: PanelState,
        settings: Settings | None = None,
        pace: Pace | None = None,
        keys: Keys | None = None,
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        keys = keys or Keys()
        self._state = state
        self._settings = settings
        self._pace = pace
        self._keys = keys
        self.setObjectName("nurie_panel")
        self.source = SourceRow(state.options)
        self.references = ReferencesSection(state.references, keys)
        self.options = OptionsBox(state.options, keys)
        self.notice = NoticeBar()
        self.button = ColorizeButton(keys)
        self.results = ResultsSection(state.results, keys)
        self.status = StatusLine()
        self._lay_out()
        self._connect()
        self._order_focus()
        self._show_all()

    def _lay_out(self) -> None:
        sticky = QtWidgets.QWidget()
        pinned = QtWidgets.QVBoxLayout(sticky)
        pinned.setContentsMargins(0, 0, 0, 0)
        pinned.setSpacing(6)
        pinned.addWidget(self.notice)
        pinned.addWidget(self.button)
        content, place = QtWidgets.QWidget(), QtWidgets.QWidget()
        flow = QtWidgets.QVBoxLayout(content)
        flow.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 2)
        flow.setSpacing(8)
        flow.addWidget(self.source)
        flow.addWidget(self.references, 10)
        flow.addWidget(self.options)
        flow.addWidget(place)
        flow.addWidget(self.results)
        flow.addStretch(1)
        self.scroller = StickyScroll(content, place, sticky, _MARGIN)
        foot = QtWidgets.QVBoxLayout()
        foot.setContentsMargins(_MARGIN, 3, _MARGIN, 5)
        foot.addWidget(self.status)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.scroller, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        state = self._state
        state.activity_changed.connect(self._show_activity)
        state.status_changed.connect(self._show_status)
        state.notice_changed.connect(self._show_notice)
        state.document_changed.connect(self._show_document)
        state.options.changed.connect(lambda _name: self._show_estimate())
        state.references.changed.connect(self._show_possible)
        state.references.sets_changed.connect(self._show_possible)
        self.references.dropped.connect(self._take)
        self.references.add_asked.connect(self._choose_files)
        self.references.add_from.connect(self.add_from)
        self.references.sample_asked.connect(self.try_sample)
        self.button.colorize.connect(self.colorize)
        self.button.cancel.connect(self.cancel)
        self.button.pause.connect(self.pause)
        self.button.menu.aboutToShow.connect(self._fill_menu)
        self.results.show_asked.connect(self.show_result)
        self.results.apply_asked.connect(self.apply)
        self.results.reuse_asked.connect(self.reuse)
        self.results.reference_asked.connect(self.use_as_reference)
        self.results.save_asked.connect(self.save_result)
        self.results.compare.connect(self.compare)
        self.notice.acted.connect(self._act_on_notice)
        self.notice.dismissed.connect(self._dismiss)
        self.status.licence.connect(self.open_licence)
        self.status.settings.connect(self.open_settings)
        if self._settings is not None:
            self.options.fold.set_open(_UNFOLDED in self._settings.values.unfolded)
            self.options.fold.toggled.connect(self._remember_fold)
            self._settings.changed.connect(lambda _name: self._show_status())

    def _order_focus(self) -> None:
        """Along the path of the eye: line art, references, quality, Colorize, results, the rest."""
        parts = (self.source, self.references, self.options, self.notice, self.button, self.results, self.status)
        order = [widget for part in parts for widget in part.chain()]
        for before, after in itertools.pairwise(order):
            QtWidgets.QWidget.setTabOrder(before, after)
        self.focus_order = tuple(order)
        WheelGuard(order, self)

    # What others may set

    def set_preview(self, image: QtGui.QImage | None) -> None:
        """Show what is being made beside the results, where the canvas cannot show it; None ends that."""
        self.results.set_preview(image)

    def retranslate(self) -> None:
        """Say everything in the language in use now."""
        for part in (self.source, self.references, self.options, self.button, self.results, self.status):
            part.retranslate()
        self._show_all()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(320, 560)

    # Binding

    def _show_all(self) -> None:
        self._show_document()
        self._show_activity()
        self._show_status()
        self._show_notice()

    def _show_document(self) -> None:
        document = self._state.document
        self.source.show_document(document)
        self.options.more.show_masks(document is None or document.masks)
        selection = document is not None and document.selection is not None
        self.references.set_document(document=document is not None, selection=selection)
        self._show_possible()
        self._show_estimate()

    def _show_possible(self) -> None:
        self.button.set_possible(self._reason())

    def _reason(self) -> str:
        """Why nothing can be colored now, empty when it can."""
        if self._state.document is None:
            return tr("Open a drawing first")
        if not self._state.references.enabled:
            return tr("Choose a reference first")
        return ""

    def _fill_menu(self) -> None:
        fill_colorize(
            self.button.menu,
            self._state.options,
            self._state.document,
            self._keys,
            self.frames.emit,
            self.all_documents.emit,
            possible=not self._reason(),
        )

    def _show_activity(self) -> None:
        self.button.show_activity(self._state.activity)
        self._show_estimate()  # what was just finished has been learnt from

    def _show_estimate(self) -> None:
        """How long it will take, learnt from before; nothing without a drawing."""
        document, values = self._state.document, self._state.options.values
        if document is None or self._pace is None:
            self.options.show_time("")
            return
        region = document.selection if values.selection_only and document.selection else document
        cold = self._state.status.level == "off"
        megapixels = region.width * region.height / 1e6 / values.working_size**2
        self.options.show_time(self._pace.text(values.steps, megapixels, cold=cold))

    def _show_status(self) -> None:
        remote = self._settings is not None and bool(self._settings.values.server_address)
        self.status.show_status(self._state.status, remote=remote)
        self._show_estimate()

    def _show_notice(self) -> None:
        self.notice.show_notice(self._state.notice)

    def _act_on_notice(self, action: str) -> None:
        known = {
            "settings": self.open_settings,
            "copy_diagnostics": self.copy_diagnostics,
            "convert_to_rgb": self.convert_to_rgb,
        }
        if action in known:
            known[action].emit()
        else:
            self.notice_action.emit(action)

    def _dismiss(self) -> None:
        self._state.notice = None

    def _take(self, dropped: Dropped) -> None:
        """What was dropped or pasted on the gallery."""
        if dropped.files:
            self.add_files.emit(list(dropped.files))
        for image, name in dropped.images:
            self.add_image.emit(image, name)
        for data, name in dropped.data:
            self.add_data.emit(data, name)
        if not dropped:
            self._state.notice = Notice(tr("There is no picture to paste."), tr("Copy one first."), level="info")
        elif dropped.links and not (dropped.files or dropped.images or dropped.data):
            self._state.notice = Notice(
                tr("The browser gave a link instead of the picture."),
                tr("Copy the picture there and paste it here."),
                level="info",
            )

    def _choose_files(self) -> None:
        ask_pictures(self, lambda files: self.add_files.emit(files))

    def _remember_fold(self, opened: bool) -> None:
        if self._settings is not None:
            others = set(self._settings.values.unfolded) - {_UNFOLDED}
            self._settings.set(unfolded=tuple(others | {_UNFOLDED} if opened else others))


def build_panel(
    state: PanelState,
    settings: Settings | None = None,
    pace: Pace | None = None,
    parent: QtWidgets.QWidget | None = None,
    keys: Keys | None = None,
) -> ColorizePanel:
    """The docker's content for a state; ``keys`` tells the shortcuts that the artist has chosen."""
    return ColorizePanel(state, settings, pace, keys, parent)
