"""What is sent before the click, to the real ``nurie serve``; and that nothing goes to another computer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from fakes.faulty_server import FaultyServer
from fakes.plugin import backend, command, drawing, wait
from nurie_krita import ahead
from nurie_krita.ahead import Ahead
from nurie_krita.options import Options, OptionValues
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.references import ReferenceModel
from nurie_krita.results import ResultModel
from nurie_krita.state import Activity, PanelState

SERVE = BackendSettings(command())


@pytest.fixture
def state(qtbot: QtBot, data_folder: Path) -> PanelState:
    """With two references, one of them in use."""
    made = PanelState(ReferenceModel(data_folder), ResultModel(), Options(OptionValues()))
    for side in (40, 60):
        with qtbot.waitSignal(made.references.added):
            made.references.add_image(drawing(side, side), str(side))
    made.references.enable_only(made.references.digests[:1])
    return made


@pytest.fixture
def started(qtbot: QtBot) -> Iterator[Backend]:
    with backend(qtbot, SERVE) as made:
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        yield made


def busy(sender: Ahead) -> bool:
    return sender._busy is not None


def loaded(qtbot: QtBot, made: Backend) -> None:
    """Wait until the backend says that its model is."""

    def look() -> bool:
        made.refresh()
        return bool(made.info and made.info["loaded"])

    qtbot.waitUntil(look, timeout=120_000)


def test_the_model_is_loaded_before_anything_is_asked_for(qtbot: QtBot, state: PanelState) -> None:
    with backend(qtbot, SERVE) as made:
        sender = Ahead(state, made)
        made.ensure()
        wait(qtbot, lambda: made.client is not None and made.client.known)
        assert made.client is not None
        assert made.client.known == {state.references.digests[0]}
        loaded(qtbot, made)
        state.references.enable_only(state.references.digests)
        wait(qtbot, lambda: made.client is not None and made.client.known == set(state.references.digests))
        made.stop()
        sender.send()  # nobody is there
        made.ensure()
        wait(qtbot, lambda: made.client is not None and made.client.known == set(state.references.digests))


def test_it_waits_while_something_runs(qtbot: QtBot, state: PanelState, started: Backend) -> None:
    assert started.client is not None
    state.activity = Activity("coloring")
    sender = Ahead(state, started)
    sender.send()
    assert not busy(sender)
    qtbot.wait(50)
    assert not started.client.known


def test_the_hand_on_the_panel_brings_the_model_back(
    qtbot: QtBot, state: PanelState, started: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = started.client
    assert client is not None
    sent: list[str] = []
    put = client.put_image

    def noted(digest: str, *rest: Any) -> Any:
        sent.append(digest)
        return put(digest, *rest)

    monkeypatch.setattr(client, "put_image", noted)
    sender = Ahead(state, started)
    sender.send()
    wait(qtbot, lambda: not busy(sender))
    sender.remind()
    assert len(sent) == 1  # it was only just sent
    monkeypatch.setattr(ahead, "_AGAIN_SECONDS", 0.0)
    sender.remind()
    sender.remind()  # one at a time
    wait(qtbot, lambda: not busy(sender))
    assert sent == [state.references.digests[0]] * 2


def test_what_is_gone_or_refused_is_left_to_the_coloring(qtbot: QtBot, state: PanelState, started: Backend) -> None:
    path = state.references.path_of(state.references.digests[0])
    assert path is not None
    path.write_bytes(b"no picture")
    sender = Ahead(state, started)
    sender.send()
    assert busy(sender)
    wait(qtbot, lambda: not busy(sender))
    path.unlink()
    sender.send()
    assert not busy(sender)
    assert state.notice is None
    assert started.state == "ready"


def test_nothing_goes_to_another_computer_unasked(qtbot: QtBot, state: PanelState) -> None:
    with FaultyServer() as server, backend(qtbot, BackendSettings(address=server.address, token=server.token)) as made:
        sender = Ahead(state, made)
        made.ensure()
        wait(qtbot, lambda: made.state == "remote")
        sender.send()
        sender.remind()
        assert not busy(sender)
        qtbot.wait(50)
        assert not server.seen("image")
