"""The settings page writes what is set, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nurie_krita.process import Backend, BackendSettings
from nurie_krita.qt import QtGui, QtWidgets
from nurie_krita.settings import Settings
from nurie_krita.ui.settings_dialog import SettingsDialog

SHOWN_TO_NOBODY = "to be kept"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path)


def shown(qtbot: QtBot, settings: Settings, backend: Backend | None = None) -> SettingsDialog:
    dialog = SettingsDialog(settings, backend)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def test_looking_changes_nothing(qtbot: QtBot, settings: Settings) -> None:
    settings.set(idle_minutes=7, server_command="nurie --quiet", language="de", results_in_document=True)
    before = settings.values
    dialog = shown(qtbot, settings)
    dialog.accept()
    assert settings.values == before
    settings.flush()


def test_what_is_set_holds(qtbot: QtBot, settings: Settings) -> None:
    dialog = shown(qtbot, settings)
    dialog.command.setText("  /opt/nurie/bin/nurie ")
    dialog.idle.setValue(0)
    assert dialog.idle.text() == "never"
    dialog.memory.setValue(1024)
    dialog.keep_results.click()
    place = dialog.language.findData("en")
    dialog.language.setCurrentIndex(place)
    dialog.language.activated.emit(place)
    assert dialog.language.itemText(place) == "English"
    dialog.accept()
    values = settings.values
    assert (values.server_command, values.idle_minutes) == ("/opt/nurie/bin/nurie", 0)
    assert (values.language, values.results_in_document) == ("en", True)
    assert values.results_megabytes == 1024
    settings.flush()


def test_another_computer_and_back(qtbot: QtBot, settings: Settings) -> None:
    dialog = shown(qtbot, settings)
    assert not dialog.address.isEnabled()
    dialog.away.click()
    assert dialog.address.isEnabled()
    assert not dialog.command.isEnabled()
    dialog.address.setText("http://192.168.1.20:7860")
    dialog.token.setText(SHOWN_TO_NOBODY)
    dialog.address.editingFinished.emit()
    assert settings.values.server_address == "http://192.168.1.20:7860"
    dialog.here.click()
    assert settings.values.server_address == ""
    dialog.away.click()
    assert settings.values.server_address == "http://192.168.1.20:7860"  # not to be typed again
    dialog.reject()
    assert settings.values.server_token == SHOWN_TO_NOBODY
    settings.flush()


def test_the_token_is_not_to_be_read_over_a_shoulder(qtbot: QtBot, settings: Settings) -> None:
    settings.set(server_address="http://192.168.1.20:1", server_token=SHOWN_TO_NOBODY)
    dialog = shown(qtbot, settings)
    assert dialog.away.isChecked()
    assert SHOWN_TO_NOBODY not in dialog.token.displayText()
    settings.flush()


def test_diagnostics_are_copied(qtbot: QtBot, settings: Settings) -> None:
    backend = Backend(BackendSettings(token=SHOWN_TO_NOBODY))
    dialog = shown(qtbot, settings, backend)
    dialog.diagnostics.click()
    clipboard = QtGui.QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == backend.diagnostics() != ""
    assert SHOWN_TO_NOBODY not in clipboard.text()


def test_licences_can_be_asked_for(qtbot: QtBot, settings: Settings) -> None:
    dialog = shown(qtbot, settings)
    with qtbot.waitSignal(dialog.licence_asked):
        dialog.licences.click()


def test_every_field_has_a_name(qtbot: QtBot, settings: Settings) -> None:
    dialog = shown(qtbot, settings)
    kinds = (QtWidgets.QComboBox, QtWidgets.QSpinBox, QtWidgets.QCheckBox)
    fields = [found for found in dialog.findChildren(QtWidgets.QWidget) if isinstance(found, kinds)]
    assert len(fields) == 4
    for field in (*fields, dialog.command, dialog.address, dialog.token):
        assert field.accessibleName(), field
        assert field.toolTip(), field
