"""Languages: every sentence of the plugin is translated, and no translation can break the panel."""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita import i18n, notices
from nurie_krita.actions import ACTIONS
from nurie_krita.i18n import available, tr, use
from nurie_krita.paths import languages_folder

CODE = Path(i18n.__file__).parent
LANGUAGES = sorted(languages_folder().glob("*.json"))

TABLES = {
    ("register.py", "action.text"): [action.text for action in ACTIONS],
    ("notices.py", "words"): [words for words, _ in notices._BUTTONS.values()],
}
"""Where a call names no sentence itself: by module and expression, the sentences it may be about."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name == "tr":
                    yield path.name, node


def said_by(module: str, node: ast.expr) -> list[str]:
    """The sentences that the first argument of a call may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*said_by(module, node.body), *said_by(module, node.orelse)]
    return TABLES[module, ast.unparse(node)]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


SENTENCES = {
    text: {keyword.arg for keyword in call.keywords}
    for module, call in calls()
    for text in said_by(module, call.args[0])
}
"""Every English sentence of the plugin, with the names of the values that it is given."""


def translations(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_there_is_more_than_one_language() -> None:
    assert available() == ("en", *(path.stem for path in LANGUAGES))
    assert "de" in available()


def test_a_sentence_names_the_values_that_it_is_given() -> None:
    assert {text: fields(text) for text in SENTENCES} == SENTENCES


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_a_language_has_every_sentence_and_no_other(path: Path) -> None:
    translated = translations(path)
    missing = sorted(set(SENTENCES) - set(translated))
    assert not missing, f"{path.name} lacks {json.dumps(missing, ensure_ascii=False, indent=1)}"
    assert not set(translated) - set(SENTENCES)


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_a_translation_is_built_like_its_sentence(path: Path) -> None:
    for text, translated in translations(path).items():
        assert fields(translated) == fields(text), text
        assert translated.strip(), text
        for character in "\n…":
            assert translated.count(character) == text.count(character), text
        for mark in (".", ":", " "):
            assert translated.endswith(mark) == text.endswith(mark), text
        assert translated.startswith(" ") == text.startswith(" "), text


def test_german_is_spoken() -> None:
    assert use("de") == "de"
    assert tr("Choose another picture.") == "Bitte ein anderes Bild wählen."
    assert tr("{used} of {total}", used=2, total=5) == "2 von 5"
    assert use("en") == "en"
    assert tr("Choose another picture.") == "Choose another picture."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Swiss German and German, both of one word; Danish, damaged."""
    (tmp_path / "de.json").write_text('{"Good": "Gut"}', encoding="utf-8")
    (tmp_path / "de_CH.json").write_text('{"Good": "Guet"}', encoding="utf-8")
    (tmp_path / "da.json").write_text("{", encoding="utf-8")
    (tmp_path / "fr.json").write_text('["Bien"]', encoding="utf-8")
    (tmp_path / "it.json").write_text('{"Good": 5, "Best": ""}', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "spoken", "word"),
    [
        ("de", "de", "Gut"),
        ("de_AT", "de", "Gut"),
        ("de-CH", "de_CH", "Guet"),
        ("da", "en", "Good"),
        ("fr", "en", "Good"),
        ("it", "it", "Good"),
        ("xx", "en", "Good"),
        ("en_GB", "en", "Good"),
        ("../de", "en", "Good"),
        ("", "en", "Good"),
    ],
)
def test_a_language_is_found_by_its_code_or_is_english(folder: Path, asked: str, spoken: str, word: str) -> None:
    assert use(asked, folder) == spoken
    assert tr("Good") == word


def test_the_systems_language_is_one_that_there_is() -> None:
    assert use(None) in available()


@given(translation=st.text(), count=st.integers())
def test_no_translation_can_stop_an_artist(translation: str, count: int) -> None:
    i18n._sentences["{count} left"] = translation
    try:
        assert isinstance(tr("{count} left", count=count), str)
    finally:
        del i18n._sentences["{count} left"]


@pytest.mark.parametrize("language", available())
def test_the_manual_is_there_in_every_language(language: str) -> None:
    use(language)
    try:
        page = CODE / tr("manual.html")
    finally:
        use("en")
    assert f'<html lang="{language}">' in page.read_text(encoding="utf-8")
