"""Jobs over HTTP, from upload to result, around a fake engine."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from fakes import pictures
from fakes.engine import FakeEngine, Floats
from fakes.service import PATIENCE, GatedEngine, client_of, host_of, png, post, put, service_of, until
from nurie import __version__
from nurie.colorizer import Colorizer
from nurie.protocol import PROTOCOL_VERSION
from nurie.server.engine import EngineHost


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_of(host_of(FakeEngine())) as made:
        yield made


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


def events(client: TestClient, job: str, **headers: str) -> list[tuple[int, str, dict[str, Any]]]:
    """The whole stream of a job, to its end."""
    answer = client.get(f"/v1/jobs/{job}/events", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def error_of(answer: Any) -> tuple[int, str]:
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "advice"}
    assert error["message"].endswith(".")
    assert "Traceback" not in answer.text
    return answer.status_code, error["code"]


def test_a_drawing_is_coloured(client: TestClient) -> None:
    job = post(client, steps=3, seed=5)
    told = events(client, job)
    assert [name for _, name, _ in told] == ["queued", "loading", *["progress"] * 5, "done"]
    assert [number for number, _, _ in told] == list(range(1, 9))
    assert [data["step"] for _, name, data in told if name == "progress"] == [0, 1, 2, 3, 3]
    assert told[-2][2]["state"] == "finishing"
    result = told[-1][2]["result"]
    assert (result["width"], result["height"], result["steps"], result["seed"]) == (120, 160, 3, 5)
    assert result["half_size"] is False
    status = client.get(f"/v1/jobs/{job}").json()
    assert (status["id"], status["state"], status["step"], status["result"]) == (job, "done", 3, result)
    for part, mode in (("color", "RGBA"), ("image", "RGB")):
        answer = client.get(f"/v1/jobs/{job}/result", params={"part": part})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        with Image.open(io.BytesIO(answer.content)) as image:
            assert (image.size, image.mode) == ((120, 160), mode)
    assert error_of(client.get(f"/v1/jobs/{job}/result?part=lines")) == (400, "bad_request")


def test_info_tells_what_is_and_what_is_allowed(client: TestClient) -> None:
    info = client.get("/v1/info").json()
    assert (info["version"], info["protocol"], info["models"]) == (__version__, PROTOCOL_VERSION, ["fake"])
    assert (info["loaded"], info["engine"], info["device"]) == (False, None, None)
    assert info["limits"]["image_side"] == 8000
    until(client, post(client), "done")
    info = client.get("/v1/info").json()
    assert (info["loaded"], info["engine"], info["device"], info["provider"]) == (True, "fake", "cpu", "none")


def test_an_image_is_sent_once(client: TestClient) -> None:
    data = png(pictures.sketch())
    digest = put(client, data)
    url, kind = f"/v1/images/{digest}", {"content-type": "image/png"}
    assert client.put(url, content=data, headers=kind).status_code == 200
    assert error_of(client.put(url, content=data[:-1], headers=kind)) == (422, "wrong_digest")


def test_events_resume_after_the_last_one_seen(client: TestClient) -> None:
    job = post(client, steps=2)
    whole = events(client, job)
    for *_, data in whole:
        data.pop("preview", None)  # once the result is there, nobody needs them
    for seen in range(len(whole)):
        assert events(client, job, **{"Last-Event-ID": str(seen)}) == whole[seen:]
    assert events(client, job, **{"Last-Event-ID": "999"}) == []


@pytest.mark.parametrize("last", ["x", "-1", "1.0", "²", "9" * 30])
def test_a_last_event_that_is_no_number_is_refused(client: TestClient, last: str) -> None:
    answer = client.get(f"/v1/jobs/{post(client)}/events", headers=[(b"Last-Event-ID", last.encode())])
    assert error_of(answer) == (400, "bad_request")


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


def test_bad_pictures_fail_the_job_with_a_sentence_about_their_part(client: TestClient) -> None:
    blank, sketch = put(client, Image.new("RGB", (64, 64), "white")), put(client, pictures.sketch())
    status = until(client, post(client, sketch=blank), "failed")
    assert status["error"]["code"] == "bad_input"
    assert status["error"]["message"].startswith("The sketch")
    status = until(client, post(client, sketch=sketch, references=[sketch]), "failed")
    assert "the sketch itself" in status["error"]["message"]
    assert error_of(client.get(f"/v1/jobs/{status['id']}/result")) == (409, "not_done")
    until(client, post(client), "done")


def test_hints_points_and_mask_reach_the_engine(client: TestClient) -> None:
    plain = until(client, post(client), "done")["id"]
    mask = Image.new("L", (120, 160), 0)
    mask.paste(255, (0, 0, 60, 160))
    hints = Image.new("RGBA", (120, 160), (0, 0, 0, 0))
    hints.paste((255, 0, 0, 255), (40, 60, 80, 100))
    job = post(
        client, mask=put(client, mask), hints=put(client, hints), points=[{"sketch": [9, 9], "reference": [5, 5]}]
    )
    until(client, job, "done")

    def pixels(name: str) -> Image.Image:
        return Image.open(io.BytesIO(client.get(f"/v1/jobs/{name}/result").content))

    assert pixels(job).getpixel((90, 80))[3] == 0 < pixels(plain).getpixel((90, 80))[3]  # type: ignore[index]
    red, green, _, _ = pixels(job).getpixel((50, 80))  # type: ignore[misc]
    assert red > green + 60


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sketch": "0" * 64}, (422, "unknown_image")),
        ({"references": ["0" * 64]}, (422, "unknown_image")),
        ({"hints": "0" * 64}, (422, "unknown_image")),
        ({"model": "paper"}, (422, "unknown_model")),
        ({"model": "../fake"}, (400, "bad_request")),
        ({"style": "flats"}, (422, "not_available")),
        ({"sketch": "/etc/passwd"}, (400, "bad_request")),
        ({"steps": 0}, (400, "bad_request")),
        ({"reference": "x"}, (400, "bad_request")),
    ],
)
def test_requests_that_cannot_be_met_leave_nothing_behind(
    client: TestClient, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    usual = {"sketch": put(client, pictures.sketch()), "references": [put(client, pictures.reference())]}
    assert error_of(client.post("/v1/jobs", json={**usual, **fields})) == expected
    assert len(service_of(client).queue) == 0
    assert not service_of(client).images._needed


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "%00", "a%00b", "%C3%BC", "x" * 10_000, "nobody", "%2e%2e", ""]
)
def test_no_id_leads_anywhere(client: TestClient, name: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events"), ("GET", "/result")):
        status, _ = error_of(client.request(method, f"/v1/jobs/{name}{path}"))
        assert status in (400, 404, 405)
    status, _ = error_of(client.put(f"/v1/images/{name}", content=b"x", headers={"content-type": "image/png"}))
    assert status in (400, 404)


def test_what_does_not_exist_is_said_as_every_error_is(client: TestClient) -> None:
    assert error_of(client.get("/v2/info")) == (404, "not_found")
    assert error_of(client.get("/v1/jobs/")) == (404, "not_found")
    assert error_of(client.post("/v1/info")) == (405, "method_not_allowed")
    assert error_of(client.request("TRACE", "/health")) == (405, "method_not_allowed")


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


def test_a_fault_of_ours_costs_one_job_and_tells_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeEngine):
        def encode_reference(self, image: Floats) -> Floats:
            if self.encoded == 0:
                self.encoded += 1
                raise IndexError("index of nothing")
            return super().encode_reference(image)

    with client_of(host_of(Broken())) as client:
        status = until(client, post(client), "failed")
        assert status["error"]["code"] == "internal"
        assert "index" not in json.dumps(status)
        assert "IndexError" in caplog.text
        until(client, post(client), "done")
