"""Settings: command line over environment over file over default.

The environment variables are ``NURIE_MODEL``, ``NURIE_ENGINE`` and so on; the file is ``settings.toml`` in the user's
configuration folder, or the one ``NURIE_SETTINGS`` names. The command line hands its values to ``load_settings``.

Four settings do not need a library: importing pydantic-settings took half of the time that the server needs to start.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_data_path

from nurie.protocol import UsageError

__all__ = ["Settings", "load_settings", "settings_file"]

_ENGINES = ("auto", "torch", "onnx", "openvino")


def settings_file() -> Path:
    """The settings file, whether it exists or not."""
    named = os.environ.get("NURIE_SETTINGS")
    return Path(named) if named else user_config_path("nurie", appauthor=False) / "settings.toml"


def _default_models() -> Path:
    return user_data_path("nurie", appauthor=False) / "models"


@dataclass(frozen=True)
class Settings:
    """The resolved settings. model: preset or path. models: folder of installed models."""

    model: str = "compact"
    engine: str = "auto"
    device: str = "auto"
    models: Path = field(default_factory=_default_models)


def load_settings(**command_line: Any) -> Settings:
    """Resolve the settings; arguments that are None were not given. UsageError names the setting that is wrong."""
    path = settings_file()
    given = {name: (value, f"Correct it in {path}.") for name, value in _read(path).items()}
    for name in _PARSERS:
        variable = f"NURIE_{name.upper()}"
        if value := os.environ.get(variable):  # an empty one counts as not set
            given[name] = value, f"Correct {variable}."
    given |= {name: (value, f"Correct --{name}.") for name, value in command_line.items() if value is not None}
    return Settings(**{name: _parsed(name, *entry) for name, entry in given.items()})


def _parsed(name: str, value: Any, advice: str) -> Any:
    if name not in _PARSERS:
        raise UsageError(f"There is no setting '{name}'.", advice)
    try:
        return _PARSERS[name](value)
    except ValueError as error:
        raise UsageError(f"The setting '{name}' is wrong: {error}.", advice) from None


def _read(path: Path) -> Mapping[str, Any]:
    """What the settings file says; nothing where there is none. UsageError for one that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"The settings file {path} cannot be read: {error}.") from error
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        content: dict[str, Any] = toml.loads(text)
    except ValueError as error:
        raise UsageError(f"The settings file {path} cannot be read: {error}.") from error
    return content


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("it must be text, and not empty")
    return value


def _engine(value: Any) -> str:
    if value not in _ENGINES:
        raise ValueError(f"it must be one of {', '.join(_ENGINES)}")
    return str(value)


def _folder(value: Any) -> Path:
    return value if isinstance(value, Path) else Path(_text(value))


_PARSERS: Mapping[str, Callable[[Any], Any]] = {"model": _text, "engine": _engine, "device": _text, "models": _folder}
