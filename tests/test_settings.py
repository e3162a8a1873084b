from __future__ import annotations

from pathlib import Path

import pytest

from nurie.protocol import UsageError
from nurie.settings import load_settings, settings_file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of this test; it does not exist yet, and no variable is set."""
    path = tmp_path / "settings.toml"
    for name in ("MODEL", "ENGINE", "DEVICE", "MODELS"):
        monkeypatch.delenv(f"NURIE_{name}", raising=False)
    monkeypatch.setenv("NURIE_SETTINGS", str(path))
    return path


def test_command_line_over_environment_over_file_over_default(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().device == "auto"
    file.write_text('device = "cpu"\nengine = "onnx"\n')
    assert load_settings().device == "cpu"
    monkeypatch.setenv("NURIE_DEVICE", "cuda")
    assert load_settings(device=None).device == "cuda"
    resolved = load_settings(device="cuda:1")
    assert (resolved.device, resolved.engine, resolved.model) == ("cuda:1", "onnx", "compact")


def test_an_empty_variable_counts_as_not_set(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NURIE_ENGINE", "")
    assert load_settings().engine == "auto"


def test_wrong_values_name_the_place_to_correct(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="Correct --engine"):
        load_settings(engine="abacus")
    file.write_text('engine = "abacus"\n')
    with pytest.raises(UsageError, match=r"Correct it in .*settings\.toml"):
        load_settings()
    monkeypatch.setenv("NURIE_ENGINE", "abacus")
    with pytest.raises(UsageError, match="Correct NURIE_ENGINE"):
        load_settings()


def test_a_misspelt_setting_in_the_file_is_told(file: Path) -> None:
    file.write_text('engin = "onnx"\n')
    with pytest.raises(UsageError, match="'engin'"):
        load_settings()


def test_a_file_that_is_no_toml_is_told(file: Path) -> None:
    file.write_text("engine = \n")
    with pytest.raises(UsageError, match=r"settings\.toml cannot be read"):
        load_settings()


def test_the_usual_place_is_the_users_configuration_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NURIE_SETTINGS", raising=False)
    assert settings_file().parts[-2:] == ("nurie", "settings.toml")


@pytest.mark.parametrize("line", ["device = 3", 'model = ""', "models = true", "engine = ['onnx']"])
def test_a_value_of_another_type_is_told(file: Path, line: str) -> None:
    file.write_text(line)
    with pytest.raises(UsageError, match=f"The setting '{line.split()[0]}' is wrong"):
        load_settings()


def test_a_file_that_is_no_text_is_told(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"settings\.toml cannot be read"):
        load_settings()


def test_the_folder_of_models_is_a_path_wherever_it_comes_from(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('models = "/from/file"')
    assert load_settings().models == Path("/from/file")
    monkeypatch.setenv("NURIE_MODELS", "/from/variable")
    assert load_settings().models == Path("/from/variable")
    assert load_settings(models=Path("/given")).models == Path("/given")


def test_settings_cannot_be_changed(file: Path) -> None:
    with pytest.raises(AttributeError):
        load_settings().device = "cpu"  # type: ignore[misc]
