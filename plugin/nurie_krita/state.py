# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the panel shows, observable: one signal for each part. No widgets, no Krita, no network."""

from __future__ import annotations

from dataclasses import dataclass

from .host import DocumentFacts
from .options import Options
from .qt import QtCore, Signal
from .references import ReferenceModel
from .results import ResultModel

__all__ = ["IDLE", "LEVELS", "NOTICE_LEVELS", "PHASES", "Activity", "Notice", "PanelState", "Status"]

PHASES = ("idle", "starting", "sending", "queued", "loading", "running", "finishing")
LEVELS = ("ready", "busy", "off", "problem")
NOTICE_LEVELS = ("info", "warning", "error")


@dataclass(frozen=True)
class Activity:
    """What is being done. step of steps within a colouring; item of items within a queue, both counted from 1, 0 for
    no queue; waiting: place in the engine's line while queued, 1 for next, 0 while unknown; seconds_left: of this
    colouring, None while unknown."""

    phase: str = "idle"
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    item: int = 0
    items: int = 0
    waiting: int = 0

    @property
    def busy(self) -> bool:
        return self.phase != "idle"


IDLE = Activity()


@dataclass(frozen=True)
class Status:
    """The line at the bottom. level: one of ``LEVELS``; device: e.g. ``CPU``, empty while unknown."""

    level: str = "off"
    text: str = ""
    device: str = ""


@dataclass(frozen=True)
class Notice:
    """One sentence to the artist, with what to do next and at most one button.

    action: the button's words, action_id: what the panel emits when it is pressed; level: one of ``NOTICE_LEVELS``.
    """

    text: str
    advice: str = ""
    action: str | None = None
    action_id: str | None = None
    level: str = "error"


class PanelState(QtCore.QObject):
    """References, results, options, and what goes on. Setting a part to what it already is emits nothing."""

    activity_changed = Signal()
    status_changed = Signal()
    notice_changed = Signal()
    document_changed = Signal()

    def __init__(
        self,
        references: ReferenceModel,
        results: ResultModel,
        options: Options,
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.references = references
        self.results = results
        self.options = options
        self._activity = IDLE
        self._status = Status()
        self._notice: Notice | None = None
        self._document: DocumentFacts | None = None

    @property
    def activity(self) -> Activity:
        return self._activity

    @activity.setter
    def activity(self, activity: Activity) -> None:
        if activity != self._activity:
            self._activity = activity
            self.activity_changed.emit()

    @property
    def status(self) -> Status:
        return self._status

    @status.setter
    def status(self, status: Status) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit()

    @property
    def notice(self) -> Notice | None:
        return self._notice

    @notice.setter
    def notice(self, notice: Notice | None) -> None:
        if notice != self._notice:
            self._notice = notice
            self.notice_changed.emit()

    @property
    def document(self) -> DocumentFacts | None:
        """The active document, None without one."""
        return self._document

    @document.setter
    def document(self, document: DocumentFacts | None) -> None:
        if document != self._document:
            self._document = document
            self.document_changed.emit()
