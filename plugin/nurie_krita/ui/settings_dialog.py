# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the engine runs, the language, what is kept; every change holds at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita import i18n
from nurie_krita.i18n import tr
from nurie_krita.paths import server_folder
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.settings import Settings
from nurie_krita.ui.backend_box import BackendBox
from nurie_krita.ui.theme import theme

if TYPE_CHECKING:
    from nurie_krita.process import Backend
    from nurie_krita.setup import Setup

__all__ = ["SettingsDialog"]

_ENDONYMS = {"en": "English", "de": "Deutsch"}
_LONGEST_IDLE = 24 * 60


class SettingsDialog(QtWidgets.QDialog):
    """Binds to ``Settings``. Texts are taken when a field is left; the token is shown as dots.

    ``backend``, where given, can be asked for diagnostics; ``setup`` for the engine that was set up here.
    """

    licence_asked = Signal()

    def __init__(
        self,
        settings: Settings,
        backend: Backend | None = None,
        parent: QtWidgets.QWidget | None = None,
        setup: Setup | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._backend = backend
        self.setObjectName("nurie_settings_dialog")
        self.setWindowTitle(tr("Settings of Nurie"))
        column = QtWidgets.QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(self._build_engine())
        self.backend_box: BackendBox | None = None
        if setup is not None:
            self.backend_box = BackendBox(setup, settings, server_folder(), self)
            column.addWidget(self.backend_box)
        column.addWidget(self._build_panel_box())
        column.addStretch()
        row = QtWidgets.QHBoxLayout()
        self.diagnostics = QtWidgets.QPushButton(tr("Copy diagnostics"), self)
        self.diagnostics.setToolTip(tr("What a report of a fault needs; no picture, no token"))
        self.diagnostics.setEnabled(backend is not None)
        self.diagnostics.clicked.connect(self._copy_diagnostics)
        self.licences = QtWidgets.QPushButton(tr("Licences…"), self)
        self.licences.setToolTip(tr("Of this program and of the model, and what it was trained on"))
        self.licences.clicked.connect(self.licence_asked)
        close = QtWidgets.QPushButton(tr("Close"), self)
        close.setDefault(True)
        close.clicked.connect(self.accept)
        for button in (self.diagnostics, self.licences):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch()
        row.addWidget(close)
        column.addLayout(row)
        self._show()
        self._explain()
        self.resize(460, self.sizeHint().height())

    def _build_engine(self) -> QtWidgets.QGroupBox:
        box = QtWidgets.QGroupBox(tr("Engine"), self)
        self.here = QtWidgets.QRadioButton(tr("On this computer"), box)
        self.away = QtWidgets.QRadioButton(tr("On another computer"), box)
        self.command = QtWidgets.QLineEdit(box)
        self.command.setPlaceholderText(tr("found by itself"))
        self.idle = QtWidgets.QSpinBox(box)
        self.idle.setRange(0, _LONGEST_IDLE)
        self.idle.setSuffix(tr(" min without work"))
        self.idle.setSpecialValueText(tr("never"))
        self.address = QtWidgets.QLineEdit(box)
        self.address.setPlaceholderText("http://192.168.1.20:7860")
        self.token = QtWidgets.QLineEdit(box)
        self.token.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        self.warning = QtWidgets.QLabel(box)
        self.warning.setWordWrap(True)
        self._here_form, self._away_form = QtWidgets.QWidget(box), QtWidgets.QWidget(box)
        here, away = QtWidgets.QFormLayout(self._here_form), QtWidgets.QFormLayout(self._away_form)
        for form in (here, away):
            form.setContentsMargins(22, 0, 0, 4)
            form.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        here.addRow(tr("Command"), self.command)
        here.addRow(tr("Stop it after"), self.idle)
        away.addRow(tr("Address"), self.address)
        away.addRow(tr("Token"), self.token)
        away.addRow(self.warning)
        column = QtWidgets.QVBoxLayout(box)
        for widget in (self.here, self._here_form, self.away, self._away_form):
            column.addWidget(widget)
        self.here.toggled.connect(self._choose_place)
        self.command.editingFinished.connect(lambda: self._settings.set(server_command=self.command.text()))
        self.idle.editingFinished.connect(lambda: self._settings.set(idle_minutes=self.idle.value()))
        self.address.editingFinished.connect(self._take_address)
        self.token.editingFinished.connect(lambda: self._settings.set(server_token=self.token.text()))
        return box

    def _build_panel_box(self) -> QtWidgets.QGroupBox:
        box = QtWidgets.QGroupBox(tr("Panel"), self)
        self.language = QtWidgets.QComboBox(box)
        self.language.addItem(tr("Like the system"), None)
        for code in i18n.available():
            self.language.addItem(_language_name(code), code)
        self.language.activated.connect(lambda place: self._settings.set(language=self.language.itemData(place)))
        self.keep_results = QtWidgets.QCheckBox(tr("Keep results in the drawing's .kra file"), box)
        self.keep_results.toggled.connect(lambda on: self._settings.set(results_in_document=on))
        self.memory = QtWidgets.QSpinBox(box)
        self.memory.setRange(16, 64 * 1024)
        self.memory.setSingleStep(64)
        self.memory.setSuffix(tr(" MB"))
        self.memory.editingFinished.connect(lambda: self._settings.set(results_megabytes=self.memory.value()))
        form = QtWidgets.QFormLayout(box)
        form.addRow(tr("Language"), self.language)
        form.addRow(tr("Memory for results"), self.memory)
        form.addRow(self.keep_results)
        return box

    def _explain(self) -> None:
        """Tooltips and names for those who do not see the labels."""
        for widget, name, tip in (
            (self.command, tr("Command"), tr("Starts the engine; empty to look for it")),
            (self.idle, tr("Stop it after"), tr("The engine gives its memory back then, and starts again when needed")),
            (self.address, tr("Address"), tr("Of a running nurie serve, with its port")),
            (self.token, tr("Token"), tr("The secret that the server was started with")),
            (self.language, tr("Language"), tr("Of this panel")),
            (
                self.memory,
                tr("Memory for results"),
                tr("Older results wait on the disk; 12 MB hold one of 1500 × 2000"),
            ),
            (
                self.keep_results,
                self.keep_results.text(),
                tr("They come back when the file is opened; it grows larger"),
            ),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        self.warning.setText(tr("Drawings and references are sent there, and nowhere else."))
        palette = QtGui.QPalette(self.palette())
        palette.setColor(QtGui.QPalette.ColorRole.WindowText, theme(palette).dim)
        self.warning.setPalette(palette)

    def _show(self) -> None:
        values = self._settings.values
        self.command.setText(values.server_command)
        self.idle.setValue(round(values.idle_minutes))
        self.address.setText(values.server_address)
        self.token.setText(values.server_token)
        self.language.setCurrentIndex(max(0, self.language.findData(values.language)))
        self.memory.setValue(values.results_megabytes)
        self.keep_results.setChecked(values.results_in_document)
        (self.away if values.server_address else self.here).setChecked(True)
        self._enable()

    def _choose_place(self, here: bool) -> None:
        """On this computer means without an address; the one typed stays in its field for coming back to."""
        self._enable()
        self._settings.set(server_address="" if here else self.address.text())

    def _take_address(self) -> None:
        if self.away.isChecked():
            self._settings.set(server_address=self.address.text())

    def _enable(self) -> None:
        self._here_form.setEnabled(self.here.isChecked())
        self._away_form.setEnabled(self.away.isChecked())

    def _copy_diagnostics(self) -> None:
        clipboard = QtGui.QGuiApplication.clipboard()
        if clipboard is not None and self._backend is not None:
            clipboard.setText(self._backend.diagnostics())
            self.diagnostics.setText(tr("Copied"))

    def done(self, result: int) -> None:
        """However it is closed, what was typed is taken."""
        focused = self.focusWidget()
        if focused is not None:
            focused.clearFocus()
        self._settings.set(
            server_command=self.command.text(),
            idle_minutes=self.idle.value(),
            server_token=self.token.text(),
            results_megabytes=self.memory.value(),
        )
        self._take_address()
        super().done(result)


def _language_name(code: str) -> str:
    """A language in itself, as those who look for it know it."""
    return _ENDONYMS.get(code) or QtCore.QLocale(code).nativeLanguageName() or code
