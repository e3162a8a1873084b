# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads, in their language. The English sentence itself is the key of ``languages/CODE.json``.

To add a language, copy ``languages/de.json``, name it by the language's code and translate the right-hand sides; the
words in braces stay as they are. Nothing else has to be changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from .paths import languages_folder
from .qt import QtCore

__all__ = ["available", "tr", "use"]

_sentences: dict[str, str] = {}


def tr(text: str, **values: object) -> str:
    """The sentence in the language in use, with ``{name}`` filled in; English where a translation is missing."""
    try:
        return _sentences.get(text, text).format(**values)
    except (KeyError, IndexError, ValueError, AttributeError):  # a translator's slip must not stop an artist
        return text.format(**values)


def available() -> tuple[str, ...]:
    """Codes of the languages there are, English first."""
    return ("en", *sorted(path.stem for path in languages_folder().glob("*.json")))


def use(language: str | None = None, folder: Path | None = None) -> str:
    """Speak the language of this code, or the system's for None; returns the code of what is spoken from now on.

    ``de_AT`` falls back to ``de``, an unknown or damaged language to English.
    """
    wanted = QtCore.QLocale.system().uiLanguages() if language is None else [language]
    code, sentences = _first(wanted, languages_folder() if folder is None else folder)
    _sentences.clear()
    _sentences.update(sentences)
    return code


def _first(wanted: Iterable[str], folder: Path) -> tuple[str, Mapping[str, str]]:
    for name in wanted:
        parts = name.replace("_", "-").split("-")
        for code in ("_".join(parts), parts[0].lower()):
            if code == "en":
                return "en", {}
            sentences = _read(folder / f"{code}.json") if code.replace("_", "").isalnum() else None
            if sentences is not None:
                return code, sentences
    return "en", {}


def _read(path: Path) -> dict[str, str] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict):
        return None
    return {key: text for key, text in data.items() if isinstance(text, str) and text}
