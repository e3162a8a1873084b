"""A job's life in the service: waiting, replaced, cancelled in every state, forgotten; and the model's."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from fakes import pictures
from fakes.engine import FakeEngine, Floats
from fakes.service import PATIENCE, GatedEngine, client_of, error_of, events, host_of, post, put, service_of, until
from nurie.colorizer import Colorizer
from nurie.protocol import DeviceError
from nurie.server.engine import EngineHost


@pytest.fixture
def engine() -> Iterator[GatedEngine]:
    made = GatedEngine()
    yield made
    made.finish()


@pytest.fixture
def gated(engine: GatedEngine) -> Iterator[TestClient]:
    with client_of(host_of(engine), queue=3) as made:
        yield made
        engine.finish()


def test_the_same_request_again_is_the_same_job(gated: TestClient) -> None:
    first = post(gated, id="mine", seed=1)
    assert post(gated, id="mine", seed=1) == first == "mine"
    assert len(service_of(gated).queue) <= 1
    fields = {
        "id": "mine",
        "seed": 2,
        "sketch": put(gated, pictures.sketch()),
        "references": [put(gated, pictures.reference())],
    }
    assert error_of(gated.post("/v1/jobs", json=fields)) == (409, "conflict")


def test_jobs_wait_their_turn_and_no_more_than_allowed(gated: TestClient, engine: GatedEngine) -> None:
    running = post(gated)
    engine.wait()
    waiting = [post(gated, lane=lane) for lane in ("batch", "normal", "live")]
    positions = [gated.get(f"/v1/jobs/{job}").json()["position"] for job in waiting]
    assert positions == [2, 1, 0]
    fields = {"sketch": put(gated, pictures.sketch()), "references": [put(gated, pictures.reference())]}
    answer = gated.post("/v1/jobs", json=fields)
    assert error_of(answer) == (429, "queue_full")
    assert answer.headers["retry-after"]
    engine.finish()
    for job in (running, *waiting):
        until(gated, job, "done")
    order = sorted(waiting, key=lambda job: service_of(gated).job(job).ended_at or 0)
    assert order == waiting[::-1]


def test_the_newest_live_job_replaces_the_one_that_waits(gated: TestClient, engine: GatedEngine) -> None:
    running = post(gated, lane="live")
    engine.wait()
    older, newer = post(gated, lane="live", seed=1), post(gated, lane="live", seed=2)
    status = gated.get(f"/v1/jobs/{older}").json()
    assert (status["state"], status["reason"]) == ("cancelled", "superseded")
    engine.finish()
    assert until(gated, running, "done")
    assert until(gated, newer, "done")


def test_a_waiting_job_is_cancelled_at_once(gated: TestClient, engine: GatedEngine) -> None:
    running = post(gated)
    engine.wait()
    job = post(gated)
    assert gated.delete(f"/v1/jobs/{job}").json() == {"id": job, "state": "cancelled"}
    assert [name for _, name, _ in events(gated, job)] == ["queued", "cancelled"]
    assert gated.delete(f"/v1/jobs/{job}").status_code == 202
    engine.finish()
    until(gated, running, "done")


def test_a_running_job_is_cancelled_before_its_next_step(gated: TestClient, engine: GatedEngine) -> None:
    job = post(gated, steps=50)
    engine.wait()
    engine.gate.release()
    engine.wait()
    assert gated.delete(f"/v1/jobs/{job}").status_code == 202
    engine.gate.release()
    assert until(gated, job, "cancelled", "done")["state"] == "cancelled"
    assert len(engine.tokens_seen) == 2
    assert error_of(gated.get(f"/v1/jobs/{job}/result")) == (409, "not_done")
    # The worker is free again and its model is still there.
    engine.finish()
    until(gated, post(gated), "done")
    assert service_of(gated).host.loads == 1


def test_a_job_is_cancelled_while_its_model_loads() -> None:
    entered, gate = threading.Event(), threading.Event()

    def load(model: str) -> Colorizer:
        entered.set()
        assert gate.wait(PATIENCE)
        return Colorizer(FakeEngine())

    host = EngineHost(load, "fake")
    with client_of(host) as client:
        job = post(client)
        assert entered.wait(PATIENCE)
        assert client.delete(f"/v1/jobs/{job}").json()["state"] == "cancelled"
        assert [name for _, name, _ in events(client, job)] == ["queued", "loading", "cancelled"]
        gate.set()
        until(client, post(client), "done")
        assert host.loads == 1


def test_a_cancel_while_finishing_wins_over_the_result(gated: TestClient, engine: GatedEngine) -> None:
    """Once 202 was answered, the job is never done, however near its end it was."""
    job = post(gated, steps=1)
    engine.wait()
    engine.gate.release()
    until(gated, job, "finishing", "done")
    told = gated.delete(f"/v1/jobs/{job}").json()["state"]
    ended = until(gated, job, "done", "cancelled")["state"]
    assert ended == ("done" if told == "done" else "cancelled")


def test_the_end_of_the_server_cancels_everything(engine: GatedEngine) -> None:
    with client_of(host_of(engine)) as client:
        running = post(client)
        engine.wait()
        waiting = post(client)
        service = service_of(client)
        assert client.portal is not None
        client.portal.call(service.close)
        for job in (running, waiting):
            assert client.get(f"/v1/jobs/{job}").json()["reason"] == "shutdown"
        fields = {"sketch": put(client, pictures.sketch()), "references": [put(client, pictures.reference())]}
        assert error_of(client.post("/v1/jobs", json=fields)) == (503, "shutting_down")
        engine.finish()


def test_ended_jobs_are_forgotten_in_the_order_they_ended() -> None:
    with client_of(host_of(FakeEngine()), kept_jobs=2) as client:
        jobs = [post(client, seed=seed) for seed in range(3)]
        for job in jobs[1:]:
            until(client, job, "done")
        assert error_of(client.get(f"/v1/jobs/{jobs[0]}")) == (404, "not_found")
        assert client.get(f"/v1/jobs/{jobs[2]}/result").status_code == 200


def test_results_are_gone_when_newer_ones_need_the_room() -> None:
    with client_of(host_of(FakeEngine()), kept_bytes=1) as client:
        first, second = (until(client, post(client, seed=seed), "done")["id"] for seed in range(2))
        assert error_of(client.get(f"/v1/jobs/{first}/result")) == (410, "gone")
        assert client.get(f"/v1/jobs/{second}/result").status_code == 200


def test_an_idle_model_is_let_go_and_loaded_again() -> None:
    host = host_of(FakeEngine())
    with client_of(host, idle_seconds=0.1) as client:
        until(client, post(client), "done")
        for _ in range(12_000):
            if not host.is_loaded:
                break
            client.get("/health")
        assert client.get("/v1/info").json()["loaded"] is False
        until(client, post(client), "done")
        assert host.loads == 2


def test_a_picture_announces_a_job_and_the_model_is_loaded_for_it() -> None:
    host = host_of(FakeEngine())
    with client_of(host, idle_seconds=1e6) as client:
        assert client.get("/v1/info").json()["loaded"] is False
        put(client, pictures.reference())
        for _ in range(12_000):
            if client.get("/v1/info").json()["loaded"]:
                break
        assert host.loads == 1
        done = until(client, post(client), "done")
        assert events(client, done["id"])[-1][2]["result"]["timings"]["load"] == 0
        assert host.loads == 1


def test_a_model_loaded_for_a_job_that_never_came_is_let_go() -> None:
    host = host_of(FakeEngine())
    with client_of(host, idle_seconds=0.1) as client:
        for loads in (1, 2):
            put(client, pictures.reference())
            for _ in range(12_000):
                if host.loads == loads and not host.is_loaded:
                    break
                client.get("/health")
            assert (host.loads, host.is_loaded) == (loads, False)


def test_a_model_that_cannot_be_loaded_is_tried_once_ahead_and_told_by_the_job() -> None:
    tried = []

    def load(model: str) -> Colorizer:
        tried.append(model)
        raise DeviceError("There is no such device.", "Choose another.")

    with client_of(EngineHost(load, "fake")) as client:
        for _ in range(3):
            put(client, pictures.reference())
        job = until(client, post(client), "failed")
        assert job["error"]["message"] == "There is no such device."
        assert len(tried) == 2


def test_pictures_nobody_asks_for_are_encoded_while_nothing_else_is_to_do() -> None:
    with client_of(host_of(FakeEngine()), idle_seconds=0.1, pixel_seconds=0.0) as client:
        until(client, post(client), "done")
        results = service_of(client).results
        for _ in range(12_000):
            if results.nbytes and not results.loose(float("inf")):
                break
            client.get("/health")
        assert results.nbytes < 120 * 160 * 7 / 2


@pytest.mark.parametrize(("limits", "trims"), [({"trim_jobs": 3}, 1), ({"trim_seconds": 0.0}, 3)])
def test_memory_is_given_back_after_some_jobs_or_some_time(
    limits: dict[str, float], trims: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not after each job, for which the next one would pay."""
    given = []
    monkeypatch.setattr("nurie.server.service.give_back", lambda: given.append(1))
    with client_of(host_of(FakeEngine()), idle_seconds=1e6, pixel_seconds=1e6, **limits) as client:
        service = service_of(client)
        assert client.portal is not None
        for seed in range(3):
            until(client, post(client, seed=seed), "done")
            while service._current is not None:
                client.get("/health")
            client.portal.call(service._put_away)
        client.portal.call(service._put_away)
    assert len(given) == trims


def test_a_failed_job_keeps_its_error_but_nothing_it_worked_in() -> None:
    """Not even until the garbage collector comes by, which counts objects and not the megabytes behind them."""
    held: list[weakref.ref[Floats]] = []

    class Broken(FakeEngine):
        def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
            held.append(weakref.ref(x_t))
            try:
                raise OSError("the driver")
            except OSError as error:
                raise DeviceError("The device is gone.") from error

    gc.disable()
    try:
        with client_of(host_of(Broken())) as client:
            assert until(client, post(client), "failed")["error"]["code"] == "device"
            assert [array() is None for array in held] == [True]
    finally:
        gc.enable()
