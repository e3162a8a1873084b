# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's content while there is no engine to color with: what will be installed, one button, how it goes."""

from __future__ import annotations

import itertools
from dataclasses import replace

from nurie_krita.i18n import tr
from nurie_krita.notices import notice_for
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.settings import Settings
from nurie_krita.setup import Setup, SetupPlan
from nurie_krita.state import Notice
from nurie_krita.ui.face_button import FaceButton
from nurie_krita.ui.flat_button import FlatButton
from nurie_krita.ui.fold import Fold
from nurie_krita.ui.notice_bar import NoticeBar
from nurie_krita.ui.setup_advanced import SetupAdvanced, choices_of
from nurie_krita.ui.setup_facts import SetupFacts
from nurie_krita.ui.setup_stages import StageList
from nurie_krita.ui.setup_words import lead_words, primary_words, status_words, title_words
from nurie_krita.ui.status_line import StatusLine
from nurie_krita.ui.sticky import StickyScroll
from nurie_krita.ui.theme import theme
from nurie_krita.ui.thin_bar import ThinBar

__all__ = ["SetupPage"]

_MARGIN = 8
_TITLE = 1.25
"""The heading's size, of the panel's font."""


class SetupPage(QtWidgets.QWidget):
    """Binds to a ``Setup`` and to the ``Settings`` that say how to. ``later``: the artist goes on with what is there.

    ``message``: a sentence of the last thing that was done, shown until the next begins.
    """

    later = Signal()
    open_settings = Signal()
    open_licence = Signal()

    def __init__(self, setup: Setup, settings: Settings, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._setup, self._settings = setup, settings
        self._plan: SetupPlan | None = None
        self._message: Notice | None = None
        self._answered: NurieError | None = None
        self.setObjectName("nurie_setup")
        self.title, self.lead = QtWidgets.QLabel(), QtWidgets.QLabel()
        self.lead.setWordWrap(True)
        for label in (self.title, self.lead):
            label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.facts = SetupFacts()
        self.stages = StageList()
        self.advanced = SetupAdvanced(settings)
        self.fold = Fold(self.advanced)
        self.fold.setObjectName("nurie_setup_advanced")
        self.notice = NoticeBar()
        self.notice.cross.hide()
        self.notice.setObjectName("nurie_setup_notice")
        self.bar = ThinBar()
        self.primary = FaceButton(self)
        self.primary.setObjectName("nurie_setup_primary")
        self.later_button = FlatButton()
        self.later_button.setObjectName("nurie_setup_later")
        self.status = StatusLine()
        self._lay_out()
        setup.changed.connect(self.refresh)
        settings.changed.connect(self._settings_changed)
        self.advanced.changed.connect(self.refresh)
        self.primary.clicked.connect(self._act)
        self.later_button.clicked.connect(self.later)
        self.status.settings.connect(self.open_settings)
        self.status.licence.connect(self.open_licence)
        self._chain: tuple[QtWidgets.QWidget, ...] = ()
        self.retranslate()

    def _lay_out(self) -> None:
        sticky = QtWidgets.QWidget()
        pinned = QtWidgets.QVBoxLayout(sticky)
        pinned.setContentsMargins(0, 0, 0, 0)
        pinned.setSpacing(6)
        pinned.addWidget(self.notice)
        pinned.addWidget(self.bar)
        pinned.addWidget(self.primary)
        pinned.addWidget(self.later_button, 0, QtCore.Qt.AlignmentFlag.AlignHCenter)
        content, place = QtWidgets.QWidget(), QtWidgets.QWidget()
        flow = QtWidgets.QVBoxLayout(content)
        flow.setContentsMargins(_MARGIN, _MARGIN + 4, _MARGIN, _MARGIN)
        flow.setSpacing(10)
        for widget in (self.title, self.lead, self.stages, self.facts):
            flow.addWidget(widget)
        flow.addWidget(place)
        flow.addWidget(self.fold)
        flow.addStretch(1)
        self.scroller = StickyScroll(content, place, sticky, _MARGIN)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.scroller, 1)
        foot = QtWidgets.QVBoxLayout()
        foot.setContentsMargins(_MARGIN, 3, _MARGIN, 5)
        foot.addWidget(self.status)
        column.addLayout(foot)

    def say(self, text: str, advice: str = "") -> None:
        """Show a sentence until something is begun."""
        self._message = Notice(text, advice, level="info")
        self.refresh()

    def refresh(self) -> None:
        """Show what ``Setup`` says now."""
        state = self._setup.state
        if state.error is self._answered and state.name != "damaged":
            state = replace(state, error=None)
        if state.busy:
            self._message = None
        self.title.setText(title_words(state))
        self.lead.setText(lead_words(state))
        self.stages.setVisible(state.name == "installing")
        self.stages.show_state(state)
        error = None if state.busy else self._look() or state.error
        self.facts.show_plan(None if state.busy else self._plan)
        self.fold.setVisible(not state.busy)
        self.notice.show_notice(_notice(error) if error is not None else self._message)
        self.primary.setText(primary_words(state, self._plan))
        self.primary.primary = not state.busy
        self.primary.setEnabled(state.name != "removing")
        self.primary.setToolTip(self._primary_tip())
        self.primary.setAccessibleName(self.primary.text())
        self.primary.setAccessibleDescription(self.primary.toolTip())
        self.primary.update()
        if state.busy:
            downloading = state.stage == "downloading" and state.total
            self.bar.show_share(state.done / state.total if downloading else None)
        else:
            self.bar.rest()
        self.bar.setVisible(state.busy)
        self.later_button.setVisible(state.name == "update_needed")
        self.status.show_status(status_words(state))

    def retranslate(self) -> None:
        self.facts.retranslate()
        self.status.retranslate()
        self.advanced.retranslate()
        self.fold.set_text(tr("Advanced"))
        self.later_button.setText(tr("Not now"))
        self.later_button.explain(tr("Not now"), tr("Go on with the version that is installed"))
        self._dress()
        self.refresh()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.facts.fold.heading,
            self.primary,
            self.later_button,
            self.fold.heading,
            *self.advanced.chain(),
            *self.status.chain(),
        )

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(320, 560)

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:  # noqa: N802
        self.refresh()

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802
        kinds = (QtCore.QEvent.Type.PaletteChange, QtCore.QEvent.Type.FontChange)
        if event is not None and event.type() in kinds and hasattr(self, "scroller"):
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        font = QtGui.QFont(self.font())
        font.setBold(True)
        self.primary.setFont(font)
        if font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * _TITLE)
        self.title.setFont(font)
        palette = QtGui.QPalette(self.palette())
        palette.setColor(QtGui.QPalette.ColorRole.WindowText, theme(palette).dim)
        self.lead.setPalette(palette)

    def _look(self) -> NurieError | None:
        """Ask what would be done; why it cannot be, or None."""
        extras = self._setup.extras()
        self.advanced.refresh(extras)
        self._order_focus()
        self._plan = None
        try:
            self._plan = self._setup.plan(choices_of(self._settings, extras))
        except NurieError as error:
            return error
        return None

    def _order_focus(self) -> None:
        chain = self.chain()
        if chain != self._chain:
            self._chain = chain
            for before, after in itertools.pairwise(chain):
                QtWidgets.QWidget.setTabOrder(before, after)

    def _primary_tip(self) -> str:
        state = self._setup.state
        if state.name == "installing":
            return tr("Stop; what was downloaded is kept for the next time")
        if state.name == "removing":
            return ""
        return tr("Only the folder named above is written to")

    def _settings_changed(self, name: str) -> None:
        """What was wrong with other choices says nothing of these."""
        if name in ("wheels", "package_index", "proxy", "extras"):
            self._answered = self._setup.state.error
            self.refresh()

    def _act(self) -> None:
        """The one button."""
        state = self._setup.state
        if state.name == "installing":
            self._setup.cancel()
            return
        self.advanced.take()
        self.refresh()
        if self._plan is None:  # it still cannot be done, as the notice says
            return
        choices = choices_of(self._settings, self._setup.extras())
        (self._setup.repair if state.name == "damaged" else self._setup.install)(choices)


def _notice(error: NurieError) -> Notice:
    """Its own button is the page's."""
    told = notice_for(error)
    return Notice(told.text, told.advice, level=told.level)
