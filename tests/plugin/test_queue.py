"""Several colourings, one after the other, by the real server with a fake engine in the model's place."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.faulty_server import FaultyServer, event
from fakes.plugin import HASTY, backend, command, drawing, request, wait
from nurie_krita.coloring import ColoringRequest
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.protocol import InputError, NurieError
from nurie_krita.qt import QtGui
from nurie_krita.queue import ColoringQueue


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gate") / "gate"


@pytest.fixture
def made(qtbot: QtBot, gate: Path) -> Iterator[Backend]:
    gate.write_text("999")
    with backend(qtbot, BackendSettings(command("fakes.gated_serve", str(gate)))) as started:
        yield started


class Followed:
    """A queue, and what it told."""

    def __init__(self, made: Backend, items: list[Callable[[], ColoringRequest]]) -> None:
        self.queue = ColoringQueue(made, items)
        self.done: list[tuple[int, int]] = []
        self.failed: dict[int, str] = {}
        self.problems: list[NurieError] = []
        self.finished = 0
        self.queue.item_done.connect(self._on_done)
        self.queue.item_failed.connect(lambda item, error: self.failed.update({item: error.code}))
        self.queue.problem.connect(self.problems.append)
        self.queue.finished.connect(self._on_finished)

    def _on_done(self, item: int, color: QtGui.QImage) -> None:
        assert self.queue.current is not None
        assert self.queue.current.summary["steps"] == 2
        self.done.append((item, color.width()))

    def _on_finished(self) -> None:
        self.finished += 1


def refuse() -> ColoringRequest:
    raise InputError("This frame has no lines.")


def items(count: int) -> list[Callable[[], ColoringRequest]]:
    """Each of its own width, by which its result is known."""
    return [partial(request, 40 + item) for item in range(count)]


def test_all_are_coloured_in_order_and_errors_stop_nothing(qtbot: QtBot, made: Backend) -> None:
    work = items(5)
    work[1] = refuse
    work[3] = lambda: request(mask=drawing(7, 7))
    followed = Followed(made, work)
    followed.queue.start()
    followed.queue.start()
    wait(qtbot, lambda: followed.finished)
    assert followed.done == [(0, 40), (2, 42), (4, 44)]
    assert followed.failed == {1: "bad_input", 3: "bad_input"}
    assert set(followed.queue.errors) == {1, 3}
    assert followed.queue.current is None
    assert followed.finished == 1
    followed.queue.cancel()
    assert followed.finished == 1


def test_drawings_are_made_only_when_their_turn_comes(qtbot: QtBot, made: Backend, gate: Path) -> None:
    gate.write_text("0")
    asked: list[int] = []

    def ask(item: int) -> ColoringRequest:
        asked.append(item)
        return request()

    followed = Followed(made, [partial(ask, item) for item in range(3)])
    followed.queue.start()
    wait(qtbot, lambda: followed.queue.current is not None and followed.queue.current.state == "running")
    assert asked == [0]
    gate.write_text("2")
    wait(qtbot, lambda: followed.queue.index == 1 and followed.queue.current is not None)
    assert asked == [0, 1]
    gate.write_text("99")
    wait(qtbot, lambda: followed.finished)
    assert asked == [0, 1, 2]


def test_a_pause_lets_the_running_one_end_and_begins_no_other(qtbot: QtBot, made: Backend) -> None:
    followed = Followed(made, items(3))
    followed.queue.item_done.connect(lambda item, color: followed.queue.pause(True))
    followed.queue.start()
    for count in (1, 2):
        wait(qtbot, lambda count=count: len(followed.done) == count)  # type: ignore[misc]
        qtbot.wait(100)
        assert followed.queue.paused
        assert followed.queue.current is None
        assert followed.queue.index == count
        followed.queue.pause(False)
    wait(qtbot, lambda: len(followed.done) == 3)
    followed.queue.pause(False)
    wait(qtbot, lambda: followed.finished)


def test_cancelling_ends_it_at_once(qtbot: QtBot, made: Backend, gate: Path) -> None:
    gate.write_text("3")
    followed = Followed(made, items(3))
    followed.queue.start()
    wait(qtbot, lambda: followed.queue.current is not None and followed.queue.current.step == 1 and followed.done)
    followed.queue.cancel()
    assert followed.finished == 1
    assert followed.queue.ended
    gate.write_text("99")
    qtbot.wait(200)
    assert followed.done == [(0, 40)]
    assert followed.finished == 1


@pytest.mark.parametrize("begun", [True, False])
def test_cancelled_before_anything_ran(qtbot: QtBot, made: Backend, begun: bool) -> None:
    followed = Followed(made, items(2))
    if begun:
        followed.queue.start()
    followed.queue.cancel()
    qtbot.wait(50)
    assert (followed.finished, followed.done, followed.queue.current) == (1, [], None)
    assert made.state == "stopped"


def test_a_backend_that_dies_in_between_costs_nothing(qtbot: QtBot, made: Backend, gate: Path) -> None:
    gate.write_text("1")
    followed = Followed(made, items(3))
    followed.queue.start()
    wait(qtbot, lambda: followed.queue.current is not None and followed.queue.current.step == 1)
    assert made.pid is not None
    os.kill(made.pid, signal.SIGKILL)
    wait(qtbot, lambda: made.state == "starting")
    gate.write_text("99")
    wait(qtbot, lambda: followed.finished)
    assert followed.done == [(0, 40), (1, 41), (2, 42)]


def test_when_the_backend_fails_nothing_is_lost(qtbot: QtBot) -> None:
    """A server that is gone for a while: the queue pauses, says so, and goes on where it was."""
    with FaultyServer() as server:
        server.replace("events", lambda exchange: exchange.stream(event(1, "done", result={"steps": 2})))
        settings = BackendSettings(address=server.address, token=server.token)
        with backend(qtbot, settings, replace(HASTY, retries=())) as made:
            followed = Followed(made, [request, request])
            server.replace("post", server.good("post"), lambda exchange: exchange.raw(b""))
            followed.queue.start()
            wait(qtbot, lambda: followed.problems)
            assert followed.problems[0].code == "unreachable"
            assert followed.queue.paused
            assert followed.queue.index == 1
            assert followed.failed == {}
            server.replace("post", server.good("post"))
            followed.queue.pause(False)
            wait(qtbot, lambda: followed.finished)
            assert [item for item, width in followed.done] == [0, 1]
