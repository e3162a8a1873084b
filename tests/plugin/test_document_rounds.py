"""Work that is done a little at a time: it ends once, in whatever way, and others get their turn meanwhile."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from nurie_krita import document_rounds
from nurie_krita.document_rounds import ROUND, Rounds
from nurie_krita.host import GoneError
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore


@pytest.fixture
def run(qtbot: Any) -> Any:
    """Runs work to its end; gives its outcomes and its failures."""

    def run(work: Generator[int, None, Any], done: Any = lambda outcome: None) -> tuple[list[Any], list[NurieError]]:
        outcomes: list[Any] = []
        failures: list[NurieError] = []

        def end(outcome: Any) -> None:
            outcomes.append(outcome)
            done(outcome)

        Rounds(work, end, failures.append).start()
        assert not outcomes
        assert not failures
        qtbot.waitUntil(lambda: bool(outcomes or failures))
        return outcomes, failures

    return run


@pytest.mark.parametrize(("seconds", "taken"), [(0.0, ["a", "b"] * 3), (1e9, ["a"] * 3 + ["b"] * 3)])
def test_two_pieces_of_work_take_turns_unless_they_are_short(
    run: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch, seconds: float, taken: list[str]
) -> None:
    monkeypatch.setattr(document_rounds, "_SHORT_SECONDS", seconds)
    turns: list[str] = []

    def work(name: str, count: int) -> Generator[int, None, str]:
        for _ in range(count):
            turns.append(name)
            yield 0
        return name

    ended: list[str] = []
    Rounds(work("a", 3), ended.append, lambda error: None).start()
    assert run(work("b", 3)) == (["b"], [])
    qtbot.waitUntil(lambda: ended == ["a"])
    assert turns == taken


def test_a_pause_that_is_asked_for_is_made(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_rounds, "_SHORT_SECONDS", 1e9)
    turns: list[str] = []

    def work() -> Generator[int, None, None]:
        QtCore.QTimer.singleShot(0, lambda: turns.append("another"))
        yield 0
        turns.append("short")
        yield ROUND
        turns.append("long")

    run(work())
    assert turns == ["short", "another", "long"]


def test_what_goes_wrong_is_told_once_and_the_work_is_closed(run: Any) -> None:
    closed: list[bool] = []

    def work() -> Generator[int, None, None]:
        try:
            yield 0
            raise GoneError("The drawing has been closed.")
        finally:
            closed.append(True)

    outcomes, [error] = run(work())
    assert (outcomes, error.code, closed) == ([], "gone", [True])


def test_a_mistake_becomes_one_sentence(run: Any) -> None:
    def work() -> Generator[int, None, None]:
        yield 0
        raise KeyError("layer")

    _, [error] = run(work())
    assert error.code == "apply"
    assert error.message.endswith(".")
    assert "layer" in error.advice


def test_a_document_that_goes_at_the_very_end_is_told_too(run: Any) -> None:
    def work() -> Generator[int, None, int]:
        yield 0
        return 1

    def done(_outcome: int) -> None:
        raise GoneError("The drawing has been closed.")

    _, [error] = run(work(), done)
    assert error.code == "gone"


@pytest.mark.parametrize("inside", [False, True])
def test_where_krita_ends_work_ends_too_and_nobody_is_called(qtbot: Any, inside: bool) -> None:
    """Krita may end in an event loop that the work itself has it turn."""
    happened: list[str] = []

    def work() -> Generator[int, None, None]:
        try:
            while True:
                happened.append("work")
                if inside and len(happened) == 2:
                    Rounds.drop_all()
                yield ROUND
        finally:
            happened.append("closed")

    def called(_: object) -> None:
        happened.append("called")

    Rounds(work(), called, called).start()
    qtbot.waitUntil(lambda: len(happened) >= 2)
    Rounds.drop_all()
    qtbot.waitUntil(lambda: happened[-1] == "closed")
    seen = list(happened)
    qtbot.wait(20)
    assert happened == seen
    assert "called" not in seen
    assert not inside or seen == ["work", "work", "closed"]
