"""Command-line flags from the fields of a configuration dataclass, so that both always agree."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from nurie.protocol import UsageError

Config = TypeVar("Config")


def add_flags(parser: argparse.ArgumentParser, config: type[Any], prefix: str = "") -> None:
    """A flag ``--[prefix-]name`` for every field, ``Annotated[KIND, help]`` of KIND int, float, bool or Literal."""
    hints = get_type_hints(config, include_extras=True)
    group = parser.add_argument_group(prefix or "loop")
    for field in fields(config):
        kind, text = get_args(hints[field.name])
        options: dict[str, Any]
        if kind is bool:
            options = {"action": argparse.BooleanOptionalAction}
        elif get_origin(kind) is Literal:
            options = {"choices": get_args(kind)}
        else:
            options = {"type": kind, "metavar": kind.__name__.upper()}
        help_text = f"{text} (default: {field.default})".replace("%", "%%")
        group.add_argument(_flag(prefix, field.name), default=field.default, help=help_text, **options)


def read_flags(parsed: argparse.Namespace, config: type[Config], prefix: str = "") -> Config:
    """The configuration that the flags of :func:`add_flags` say; UsageError when it makes no sense."""
    names = [field.name for field in fields(config)]  # type: ignore[arg-type]
    try:
        return config(**{name: getattr(parsed, _flag(prefix, name)[2:].replace("-", "_")) for name in names})
    except ValueError as error:
        raise UsageError(
            f"The settings do not fit together: {error}.", "See --help for what each flag means."
        ) from error


def _flag(prefix: str, name: str) -> str:
    return "--" + "-".join([*filter(None, [prefix]), *name.split("_")])
