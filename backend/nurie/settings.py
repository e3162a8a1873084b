"""Settings: command line over environment over file over default.

The environment variables are ``NURIE_MODEL``, ``NURIE_ENGINE`` and so on; the file is ``settings.toml`` in the user's
configuration folder, or the one ``NURIE_SETTINGS`` names. The command line hands its values to ``load_settings``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_config_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from nurie.protocol import UsageError

__all__ = ["Settings", "load_settings", "settings_file"]


def settings_file() -> Path:
    """The settings file, whether it exists or not."""
    named = os.environ.get("NURIE_SETTINGS")
    return Path(named) if named else user_config_path("nurie", appauthor=False) / "settings.toml"


class Settings(BaseSettings):
    """The resolved settings; immutable."""

    model_config = SettingsConfigDict(env_prefix="NURIE_", env_ignore_empty=True, extra="forbid", frozen=True)

    model: str = Field("compact", min_length=1, description="preset or path of the model")
    engine: Literal["auto", "torch", "onnx", "openvino"] = "auto"
    device: str = Field("auto", min_length=1)
    models: Path = Field(
        default_factory=lambda: user_data_path("nurie", appauthor=False) / "models",
        description="folder of installed models",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line (init), environment, file; a ``.env`` of some unrelated project is not ours to read."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())


def load_settings(**command_line: Any) -> Settings:
    """Resolve the settings; arguments that are None were not given. UsageError names the setting that is wrong."""
    given = {name: value for name, value in command_line.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"The setting '{name}' is wrong: {first['msg']}.", _origin(name, given)) from error
    except (SettingsError, OSError, ValueError) as error:
        raise UsageError(f"The settings file {settings_file()} cannot be read: {error}.") from error


def _origin(name: str, given: dict[str, Any]) -> str:
    variable = f"NURIE_{name.upper()}"
    if name in given:
        return f"Correct --{name}."
    return f"Correct {variable}." if variable in os.environ else f"Correct it in {settings_file()}."
