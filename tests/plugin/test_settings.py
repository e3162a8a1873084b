"""The artist's settings: kept, tolerant, and safe from an older version or a second Krita."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from nurie_krita.files import DamagedFileError
from nurie_krita.options import OptionValues
from nurie_krita.protocol import OutputError
from nurie_krita.settings import VERSION, Settings, SettingsValues

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.fixture
def settings(qapp: object, data_folder: Path) -> Settings:
    return Settings(data_folder)


def stored(folder: Path) -> Any:
    return json.loads((folder / "settings.json").read_text(encoding="utf-8"))


def test_a_fresh_start_has_defaults_and_writes_nothing(settings: Settings, data_folder: Path) -> None:
    assert settings.values == SettingsValues()
    assert settings.damaged is None
    settings.flush()
    assert not data_folder.exists()


def test_what_was_set_is_there_next_time(settings: Settings, data_folder: Path) -> None:
    options = OptionValues(steps=8, guidance=1.5, keep_seed=True)
    settings.set(language="de", idle_minutes=30, options=options, unfolded=["more", "server"])
    settings.flush()
    again = Settings(data_folder).values
    assert again == settings.values
    assert (again.language, again.idle_minutes, again.options) == ("de", 30.0, options)
    assert again.unfolded == ("more", "server")


def test_it_is_written_by_itself(settings: Settings, data_folder: Path, qtbot: QtBot) -> None:
    settings.set(welcomed=True)
    qtbot.waitUntil(lambda: (data_folder / "settings.json").exists())
    assert stored(data_folder)["welcomed"] is True


def test_only_what_became_another_is_told(settings: Settings) -> None:
    told: list[str] = []
    settings.changed.connect(told.append)
    settings.set(language="de", server_command="", idle_minutes=5.0)
    assert told == ["language"]


def test_nonsense_changes_nothing(settings: Settings) -> None:
    settings.set(idle_minutes="soon", welcomed=1, language="", server_token=None, options=7, unfolded="x", wings=2)
    assert settings.values == SettingsValues()


def test_numbers_are_brought_into_range(settings: Settings) -> None:
    settings.set(idle_minutes=-3)
    assert settings.values.idle_minutes == 0
    settings.set(results_megabytes=1)
    assert settings.values.results_megabytes == 16
    settings.set(results_megabytes=True)
    assert settings.values.results_megabytes == 16
    settings.set(idle_minutes=float("nan"))
    assert settings.values.idle_minutes == 0


def test_the_token_is_for_its_owner_alone(settings: Settings, data_folder: Path) -> None:
    settings.set(server_token="abcd")  # noqa: S106 - none
    settings.flush()
    mode = (data_folder / "settings.json").stat().st_mode
    assert stat.S_IMODE(mode) & 0o077 == 0


def test_what_a_newer_version_wrote_survives_an_older_one(settings: Settings, data_folder: Path) -> None:
    data_folder.mkdir()
    newer = {"version": VERSION + 1, "language": "de", "brush": {"size": 4}, "idle_minutes": "adaptive"}
    (data_folder / "settings.json").write_text(json.dumps(newer), encoding="utf-8")
    older = Settings(data_folder)
    assert older.values == SettingsValues(language="de")
    older.set(welcomed=True)
    older.flush()
    assert stored(data_folder) == {**newer, "welcomed": True}


def test_two_kritas_do_not_undo_each_other(settings: Settings, data_folder: Path) -> None:
    other = Settings(data_folder)
    settings.set(language="de")
    other.set(server_address="https://studio:8443")
    settings.flush()
    other.flush()
    both = Settings(data_folder).values
    assert (both.language, both.server_address) == ("de", "https://studio:8443")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b"nul", b'{"a":' * 100_000])
def test_a_damaged_file_is_put_aside_and_told(qapp: object, data_folder: Path, content: bytes) -> None:
    data_folder.mkdir()
    path = data_folder / "settings.json"
    path.write_bytes(content)
    settings = Settings(data_folder)
    assert settings.values == SettingsValues()
    assert isinstance(settings.damaged, DamagedFileError)
    assert "settings.json" in settings.damaged.message
    (aside,) = data_folder.glob("settings.json.damaged-*")
    assert aside.read_bytes() == content
    assert aside.name in settings.damaged.advice
    settings.set(language="de")
    settings.flush()
    assert Settings(data_folder).damaged is None


def test_a_file_damaged_while_krita_runs_is_written_anew_and_whole(settings: Settings, data_folder: Path) -> None:
    settings.set(language="de")
    settings.flush()
    (data_folder / "settings.json").write_bytes(b"{")
    settings.set(welcomed=True)
    settings.flush()
    assert Settings(data_folder).values == SettingsValues(language="de", welcomed=True)
    assert len(list(data_folder.glob("settings.json.damaged-*"))) == 1


def test_a_folder_that_cannot_be_written_is_told_and_the_setting_holds(qapp: object, data_folder: Path) -> None:
    data_folder.write_text("a file where the folder should be", encoding="utf-8")
    settings = Settings(data_folder)
    told: list[object] = []
    settings.failed.connect(told.append)
    settings.set(language="de")
    settings.flush()
    assert settings.values.language == "de"
    (error,) = told
    assert isinstance(error, OutputError)
    assert "settings.json" in error.message


@given(data=st.dictionaries(st.sampled_from([*SettingsValues.__dataclass_fields__, "other"]), JSON))
def test_any_json_can_be_read(data: dict[str, Any]) -> None:
    values = SettingsValues().changed(**data)
    assert SettingsValues().changed(**vars(values)) == values
