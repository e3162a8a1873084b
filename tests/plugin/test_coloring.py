"""One colouring: with the real model once, with a gated engine for its course, with a faulty server for its faults."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from fakes.faulty_server import EVENTS, Exchange, FaultyServer, event
from fakes.plugin import HASTY, REPOSITORY, alive, backend, colored, command, drawing, reference, request, wait
from nurie_krita.coloring import STATES, Coloring, ColoringRequest
from nurie_krita.inputs import prepare
from nurie_krita.patience import Patience
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.protocol import PROTOCOL_VERSION
from nurie_krita.qt import QtGui

ARGB = QtGui.QImage.Format.Format_ARGB32


@pytest.fixture
def server(qapp: object) -> Iterator[FaultyServer]:
    with FaultyServer() as made:
        yield made


def remote(qtbot: QtBot, server: FaultyServer, patience: Patience = HASTY) -> AbstractContextManager[Backend]:
    return backend(qtbot, BackendSettings(address=server.address, token=server.token), patience)


def failure(qtbot: QtBot, server: FaultyServer, code: str, patience: Patience = HASTY) -> Coloring:
    """A colouring that fails once, with this code and one sentence."""
    with remote(qtbot, server, patience) as made:
        coloring = Coloring(made, request())
        told: list[object] = []
        coloring.failed.connect(told.append)
        assert colored(qtbot, coloring) == []
        assert coloring.state == "failed"
        assert coloring.error is not None
        assert told == [coloring.error]
        assert coloring.error.code == code, coloring.error
        assert coloring.error.message.endswith(".")
        assert "Traceback" not in str(coloring.error)
        coloring.cancel()
        assert coloring.state == "failed"
    return coloring


def pixels(image: QtGui.QImage) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(H, W, 4), BGRA."""
    assert image.format() == ARGB
    bits = image.constBits()
    assert bits is not None
    bits.setsize(image.sizeInBytes())
    flat = np.frombuffer(bytes(bits), np.uint8)  # type: ignore[call-overload]  # sip.voidptr is a buffer
    return np.array(flat.reshape(image.height(), image.width(), 4))


def test_a_drawing_is_coloured_by_the_real_model(qtbot: QtBot) -> None:
    samples = REPOSITORY / "resources" / "samples" / "princess"
    sketch = QtGui.QImage(str(samples / "sketch.webp")).convertToFormat(ARGB)
    # The sample's reference is a WebP, which the server does not take.
    picture = QtGui.QImage(str(samples / "reference.webp"))
    from nurie_krita import png

    with backend(qtbot, BackendSettings(command())) as made:
        coloring = Coloring(made, ColoringRequest(sketch, [png.encode(picture)], steps=2, seed=5))
        states: list[str] = []
        previews: list[QtGui.QImage] = []
        coloring.changed.connect(lambda: states.append(coloring.state))
        coloring.preview.connect(previews.append)
        (color,) = colored(qtbot, coloring)
        info = made.info
        wait(qtbot, lambda: made.info is not info)
        assert made.info is not None
        assert made.info["engine"] == "onnx"
    assert coloring.state == "done"
    assert color.size() == sketch.size()
    assert states == sorted(states, key=STATES.index)
    assert set(states) >= {"starting", "sending", "queued", "loading", "running", "finishing", "done"}
    assert (coloring.step, coloring.steps, coloring.seconds_left) == (2, 2, None)
    assert coloring.summary["seed"] == 5
    assert 0 < coloring.timings["denoise"] < coloring.timings["total"] < coloring.reached["done"]
    assert previews
    small = previews[-1].size()
    assert max(small.width(), small.height()) == 256
    assert small.width() == pytest.approx(256 * sketch.width() / sketch.height(), abs=1)
    painted = pixels(color)
    seen = painted[painted[..., 3] > 128][:, :3].astype(int)
    assert len(seen) > 0.5 * sketch.width() * sketch.height()
    assert np.mean(seen.max(1) - seen.min(1)) > 20  # colours, not greys


def gated(gate: Path) -> BackendSettings:
    return BackendSettings(command("fakes.gated_serve", str(gate)))


def test_cancelling_is_told_at_once_and_stops_the_server_before_its_next_step(qtbot: QtBot, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with backend(qtbot, gated(gate)) as made:
        gate.write_text("1")
        coloring = Coloring(made, request(steps=9))
        ends: list[str] = []
        coloring.cancelled.connect(lambda: ends.append("cancelled"))
        coloring.failed.connect(lambda error: ends.append("failed"))
        coloring.done.connect(lambda image: ends.append("done"))
        coloring.start()
        wait(qtbot, lambda: coloring.step == 1)
        assert coloring.state == "running"
        assert coloring.steps == 9
        coloring.cancel()
        coloring.cancel()
        assert ends == ["cancelled"]
        assert coloring.state == "cancelled"
        # The next one of the same server is not held up by it: its second step is never begun.
        other = Coloring(made, request(steps=2, seed=1))
        other.start()
        wait(qtbot, lambda: other.state == "queued")
        gate.write_text("4")
        wait(qtbot, lambda: other.ended)
        assert other.state == "done"
        assert ends == ["cancelled"]


def test_cancelled_while_it_starts_and_while_it_waits(qtbot: QtBot, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with backend(qtbot, gated(gate)) as made:
        early = Coloring(made, request())
        early.start()
        early.cancel()
        assert early.state == "cancelled"
        first, second = (Coloring(made, request(seed=seed)) for seed in range(2))
        first.start()
        wait(qtbot, lambda: first.state == "running")
        second.start()
        wait(qtbot, lambda: second.state == "queued")
        second.cancel()
        gate.write_text("2")
        wait(qtbot, lambda: first.ended)
        assert first.state == "done"
        assert second.state == "cancelled"


def test_jobs_before_one_are_told(qtbot: QtBot, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with backend(qtbot, gated(gate)) as made:
        first, second, third = (Coloring(made, request(seed=seed)) for seed in range(3))
        first.start()
        wait(qtbot, lambda: first.state == "running")
        second.start()
        wait(qtbot, lambda: second.state == "queued")
        third.start()
        wait(qtbot, lambda: third.waiting == 1)
        gate.write_text("6")
        jobs = (first, second, third)  # a result may be fetched and read later than the next one's
        wait(qtbot, lambda: all(job.ended for job in jobs))
        assert [job.state for job in jobs] == ["done"] * 3
        assert third.waiting is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_backend_that_is_lost_in_the_middle_is_started_again_and_gets_the_job_again(
    qtbot: QtBot, tmp_path: Path, number: signal.Signals
) -> None:
    """Killed, hung, or ended in good order."""
    gate = tmp_path / "gate"
    gate.write_text("1")
    with backend(qtbot, gated(gate), replace(HASTY, health=1.0)) as made:
        coloring = Coloring(made, request())
        states: list[str] = []
        coloring.changed.connect(lambda: states.append(coloring.state))
        coloring.start()
        wait(qtbot, lambda: coloring.step == 1)
        first = made.pid
        assert first is not None
        before = len(states)
        os.kill(first, number)
        wait(qtbot, lambda: "starting" in states[before:])
        gate.write_text("2")
        wait(qtbot, lambda: coloring.ended)
        assert coloring.state == "done", coloring.error
        assert not alive(first)
        assert made.pid not in (None, first)
    assert "running" in states[states.index("starting", before) :]


def test_a_job_that_two_backends_did_not_survive_is_given_up(qtbot: QtBot, tmp_path: Path) -> None:
    with backend(qtbot, gated(tmp_path / "gate")) as made:
        coloring = Coloring(made, request())
        coloring.start()
        pids: set[int] = set()
        for _ in range(2):
            wait(qtbot, lambda: coloring.state == "running" and made.pid not in pids)
            assert made.pid is not None
            pids.add(made.pid)
            os.kill(made.pid, signal.SIGKILL)
            wait(qtbot, lambda: coloring.state != "running")
        wait(qtbot, lambda: coloring.ended)
        assert coloring.error is not None
        assert (coloring.state, coloring.error.code) == ("failed", "died")
        assert "twice" in coloring.error.message


def test_a_backend_that_is_stopped_on_purpose_is_not_started_again(qtbot: QtBot, tmp_path: Path) -> None:
    with backend(qtbot, gated(tmp_path / "gate")) as made:
        coloring = Coloring(made, request())
        coloring.start()
        wait(qtbot, lambda: coloring.state == "running")
        made.stop()
        assert (coloring.state, made.state) == ("failed", "stopped")
        assert coloring.error is not None
        assert coloring.error.code == "stopped"


def test_without_a_backend_there_is_one_sentence(qtbot: QtBot) -> None:
    with backend(qtbot, BackendSettings(("/nonexistent/nurie",))) as made:
        coloring = Coloring(made, request())
        assert colored(qtbot, coloring) == []
        assert coloring.error is not None
        assert coloring.error.code == "not_installed"


def test_what_the_server_refuses_is_told_in_its_words(qtbot: QtBot) -> None:
    """A mask with nothing in it, to the real server."""
    mask = QtGui.QImage(40, 50, QtGui.QImage.Format.Format_Grayscale8)
    mask.fill(0)
    with backend(qtbot, BackendSettings(command("fakes.serve", "quick"))) as made:
        coloring = Coloring(made, request(mask=mask))
        assert colored(qtbot, coloring) == []
        assert coloring.error is not None
        assert coloring.error.code == "bad_input"
        assert "empty" in coloring.error.message


def test_masks_and_hints_and_all_options_are_sent(qtbot: QtBot) -> None:
    mask = QtGui.QImage(40, 50, QtGui.QImage.Format.Format_Grayscale8)
    mask.fill(0)
    painter = QtGui.QPainter(mask)
    painter.fillRect(10, 10, 20, 30, QtGui.QColor("white"))
    painter.end()
    with backend(qtbot, BackendSettings(command("fakes.serve", "quick"))) as made:
        asked = request(mask=mask, hints=drawing(), steps=3, seed=2**62, guidance=1.5, lane="batch")
        coloring = Coloring(made, asked)
        (color,) = colored(qtbot, coloring)
    assert coloring.summary["seed"] == 2**62
    assert coloring.summary["steps"] == 3
    alpha = pixels(color)[..., 3]
    assert alpha[10:40, 10:30].max() > 0
    alpha[10:40, 10:30] = 0
    assert alpha.max() == 0


def test_wrong_inputs_are_told_without_a_server(qtbot: QtBot, server: FaultyServer) -> None:
    wrong = {
        "reference": ColoringRequest(drawing(), []),
        "size": request(mask=drawing(20, 20)),
        "empty": ColoringRequest(QtGui.QImage(), [reference()]),
    }
    with remote(qtbot, server) as made:
        for word, asked in wrong.items():
            coloring = Coloring(made, asked)
            assert colored(qtbot, coloring) == []
            assert coloring.error is not None
            assert word in coloring.error.message
    assert server.seen("image") == []


def test_pictures_are_sent_once(qtbot: QtBot, server: FaultyServer) -> None:
    with remote(qtbot, server) as made:
        for seed in range(3):
            assert colored(qtbot, Coloring(made, request(seed=seed)))
    paths = [sent.path for sent in server.seen("image")]
    assert len(paths) == len(set(paths)) == 2
    assert reference() in [sent.body for sent in server.seen("image")]


def test_a_picture_that_the_server_has_let_go_is_sent_again(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("post", lambda exchange: exchange.error(422, "unknown_image"), server.good("post"))
    with remote(qtbot, server) as made:
        assert colored(qtbot, Coloring(made, request()))
    assert len(server.seen("image")) == 4


def test_a_server_that_forgets_everything_is_given_up(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("post", lambda exchange: exchange.error(422, "unknown_image"))
    failure(qtbot, server, "unknown_image")
    assert len(server.seen("post")) == 3


def test_larger_drawings_than_the_server_takes_are_halved(qtbot: QtBot, server: FaultyServer) -> None:
    info = {"protocol": PROTOCOL_VERSION, "limits": {"image_side": 100}}
    server.replace("info", lambda exchange: exchange.json(200, info))
    with FaultyServer(40, 51) as half, remote(qtbot, server) as made:
        server.result = half.result
        made.ensure()
        wait(qtbot, lambda: made.usable)
        (color,) = colored(qtbot, Coloring(made, request(79, 101)))
    assert color.size() == drawing(79, 101).size()


@pytest.mark.parametrize(("side", "divided"), [(512, 2), (600, 2), (1100, 4), (511, 1), (90, 1)])
def test_a_working_size_is_sent_where_it_leaves_enough(side: int, divided: int) -> None:
    asked = replace(request(side, side + 3), working_size=4, mask=drawing(side, side + 3))
    inputs = prepare(asked, "name", 8000)
    assert inputs.divide == divided
    for digest in (inputs.job.sketch, inputs.job.mask):
        sent = QtGui.QImage.fromData(inputs.files[str(digest)])
        assert (sent.width(), sent.height()) == (-(-side // divided), -(-(side + 3) // divided))


def test_a_picture_of_more_bytes_than_the_server_takes_is_not_sent(qtbot: QtBot, server: FaultyServer) -> None:
    info = {"protocol": PROTOCOL_VERSION, "limits": {"image_bytes": 100}}
    server.replace("info", lambda exchange: exchange.json(200, info))
    failure(qtbot, server, "too_large")
    assert server.seen("image") == []


def test_a_full_queue_is_waited_for(qtbot: QtBot, server: FaultyServer) -> None:
    full = [lambda exchange: exchange.error(429, "queue_full")] * 2
    server.replace("post", *full, server.good("post"))
    with remote(qtbot, server) as made:
        coloring = Coloring(made, request())
        states: list[str] = []
        coloring.changed.connect(lambda: states.append(coloring.state))
        assert colored(qtbot, coloring)
    assert len(server.seen("post")) == 3
    assert "queued" in states


def test_a_full_queue_is_not_waited_for_for_ever(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("post", lambda exchange: exchange.error(429, "queue_full", "32 jobs are waiting already."))
    coloring = failure(qtbot, server, "queue_full", replace(HASTY, queue=0.5))
    assert "32 jobs" in str(coloring.error)


def test_a_job_whose_answer_was_lost_is_asked_for_again_under_its_name(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("post", lambda exchange: exchange.raw(b""), server.good("post"))
    with remote(qtbot, server) as made:
        assert colored(qtbot, Coloring(made, request()))
    first, *others = (sent.body for sent in server.seen("post"))
    assert others
    assert set(others) == {first}
    assert b'"id"' in first


WHOLE = b"".join(EVENTS)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(place=st.integers(0, len(WHOLE)), suddenly=st.booleans())
def test_events_cut_at_any_byte_are_taken_up_again(
    qtbot: QtBot, server: FaultyServer, place: int, suddenly: bool
) -> None:
    server.requests.clear()
    server.replace("events", lambda exchange: exchange.stream(WHOLE[:place], cut=suddenly), server.good("events"))
    with remote(qtbot, server) as made:
        coloring = Coloring(made, request())
        seen: list[tuple[str, int]] = []
        coloring.changed.connect(lambda: seen.append((coloring.state, coloring.step)))
        assert colored(qtbot, coloring)
    assert coloring.summary["seed"] == 7
    told = [pair for pair in seen if pair[0] in ("loading", "running", "finishing", "done")]
    assert told == [("loading", 0), ("running", 0), ("running", 1), ("finishing", 2), ("finishing", 2), ("done", 2)]
    whole = WHOLE[:place].count(b"\n\n")
    asked = {int(sent.headers.get("last-event-id", "0")) for sent in server.seen("events")}
    assert asked == ({0} if whole == len(EVENTS) else {0, whole})
    assert len(server.seen("post")) == 1


def test_events_that_were_told_before_are_not_told_again(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("events", lambda exchange: exchange.stream(WHOLE[:-9]), lambda exchange: exchange.stream(WHOLE))
    with remote(qtbot, server) as made:
        coloring = Coloring(made, request())
        seen: list[str] = []
        coloring.changed.connect(lambda: seen.append(coloring.state))
        assert colored(qtbot, coloring)
    assert seen.count("loading") == 1


@pytest.mark.parametrize("said", [b"", b": ping\n\n", EVENTS[0], b"data: x\n\n", b"id: x\ndata: {}\n\n", b"\xff\0\r\r"])
def test_events_that_always_end_too_early_are_given_up(qtbot: QtBot, server: FaultyServer, said: bytes) -> None:
    server.replace("events", lambda exchange: exchange.stream(said))
    failure(qtbot, server, "cut")


NONSENSE = {
    "no JSON": b"id: 1\nevent: progress\ndata: {\n\n",
    "no object": b"id: 1\nevent: progress\ndata: 7\n\n",
    "no step": event(1, "progress", state="running"),
    "a step that is none": event(1, "progress", state="running", step=-1),
    "a state that is none": event(1, "progress", state="asleep", step=1),
    "a failure without words": event(1, "failed"),
    "deep": b"id: 1\nevent: done\ndata: " + b"[" * 100_000 + b"\n\n",
    "endless": b"id: 1\nevent: done\ndata: " + b"x" * 5_000_000,
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_events_that_make_no_sense_are_told(qtbot: QtBot, server: FaultyServer, kind: str) -> None:
    server.replace("events", lambda exchange: exchange.stream(NONSENSE[kind]))
    failure(qtbot, server, "garbage")


def test_news_of_later_versions_are_passed_over(qtbot: QtBot, server: FaultyServer) -> None:
    extra = [event(1, "celebration", cake=True), event(2, "progress", state="running", step=1, preview="no picture")]
    done = event(3, "done", result={"seed": 1, "timings": {"total": "long"}, "mood": "good"})
    server.replace("events", lambda exchange: exchange.stream(b"".join([*extra, done])))
    with remote(qtbot, server) as made:
        coloring = Coloring(made, request())
        assert colored(qtbot, coloring)
    assert coloring.timings == {}


def test_what_answers_with_a_page_instead_of_events_is_told(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("events", lambda exchange: exchange.body(200, b"<html>", "text/html"))
    failure(qtbot, server, "garbage")


def test_a_job_that_fails_over_there_is_told_in_the_server_s_words(qtbot: QtBot, server: FaultyServer) -> None:
    error = {"code": "out_of_memory", "message": "It needs more memory than there is.", "advice": "Scale it down."}
    server.replace("events", lambda exchange: exchange.stream(event(1, "failed", error=error)))
    coloring = failure(qtbot, server, "out_of_memory")
    assert str(coloring.error) == "It needs more memory than there is. Scale it down."


def test_a_job_that_others_cancel_is_cancelled(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("events", lambda exchange: exchange.stream(event(1, "cancelled", reason="superseded")))
    with remote(qtbot, server) as made:
        coloring = Coloring(made, request(lane="live"))
        assert colored(qtbot, coloring) == []
        assert coloring.state == "cancelled"


@pytest.mark.parametrize("again", [True, False])
def test_a_server_that_ended_in_between_gets_the_job_again_once(
    qtbot: QtBot, server: FaultyServer, again: bool
) -> None:
    over = [
        lambda exchange: exchange.stream(event(1, "cancelled", reason="shutdown")),
        lambda exchange: exchange.error(404, "not_found"),
    ]
    if again:
        server.replace("events", over[1], server.good("events"))
        with remote(qtbot, server) as made:
            assert colored(qtbot, Coloring(made, request()))
    else:
        server.replace("events", *over)
        failure(qtbot, server, "died")
    assert len(server.seen("post")) == 2


@pytest.mark.parametrize(("status", "code"), [(404, "not_found"), (410, "gone"), (409, "not_done"), (500, "internal")])
def test_a_result_that_is_not_there_is_told(qtbot: QtBot, server: FaultyServer, status: int, code: str) -> None:
    server.replace("result", lambda exchange: exchange.error(status, code, "The result is no longer kept."))
    failure(qtbot, server, code)


@pytest.mark.parametrize("harm", ["no picture", "cut", "other size"])
def test_a_result_that_is_none_is_told(qtbot: QtBot, server: FaultyServer, harm: str) -> None:
    with FaultyServer(41, 50) as other:
        wrong = {"no picture": b"<html>", "cut": server.result[:200], "other size": other.result}
    server.result = wrong[harm]
    failure(qtbot, server, "garbage")


def test_a_result_cut_on_its_way_is_asked_for_again(qtbot: QtBot, server: FaultyServer) -> None:
    def cut(exchange: Exchange) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(server.result)
        exchange.raw(head + server.result[:100])

    server.replace("result", cut, server.good("result"))
    with remote(qtbot, server) as made:
        assert colored(qtbot, Coloring(made, request()))
    assert len(server.seen("result")) == 2


@pytest.mark.parametrize("kind", ["info", "image", "post", "events", "result"])
def test_silence_is_told_after_the_stated_time(qtbot: QtBot, server: FaultyServer, kind: str) -> None:
    server.replace(kind, lambda exchange: exchange.hang())
    failure(qtbot, server, "silent", replace(HASTY, answer=0.4, result=0.4, silence=0.4))


@pytest.mark.parametrize("kind", ["info", "image", "post", "events"])
def test_a_trickle_of_bytes_is_silence_too(qtbot: QtBot, server: FaultyServer, kind: str) -> None:
    mime = "text/event-stream" if kind == "events" else "application/json"
    server.replace(kind, lambda exchange: exchange.trickle(mime))
    failure(qtbot, server, "silent", replace(HASTY, answer=0.4, silence=0.4))


@pytest.mark.parametrize("kind", ["info", "image", "post", "events", "result"])
def test_a_server_that_hangs_up_every_time_is_given_up(qtbot: QtBot, server: FaultyServer, kind: str) -> None:
    server.replace(kind, lambda exchange: exchange.raw(b""))
    coloring = failure(qtbot, server, "unreachable")
    assert coloring.backend.state in ("failed", "stopped")


@pytest.mark.parametrize("kind", ["info", "image", "post", "events", "result"])
def test_a_refused_token_is_told(qtbot: QtBot, server: FaultyServer, kind: str) -> None:
    server.replace(kind, lambda exchange: exchange.error(401, "unauthorized"))
    failure(qtbot, server, "unauthorized")


@pytest.mark.parametrize("kind", ["info", "image", "post", "events"])
def test_cancelled_at_any_time_it_tells_the_server_if_it_must(qtbot: QtBot, server: FaultyServer, kind: str) -> None:
    server.replace(kind, lambda exchange: exchange.hang())
    with remote(qtbot, server) as made:
        coloring = Coloring(made, request())
        coloring.start()
        wait(qtbot, lambda: server.seen(kind))
        coloring.cancel()
        assert coloring.state == "cancelled"
        server.closing.set()
        if kind in ("post", "events"):
            wait(qtbot, lambda: server.seen("delete"))
            assert server.seen("delete")[0].path == f"/v1/jobs/{coloring.id}"
        else:
            qtbot.wait(50)
            assert server.seen("delete") == []
