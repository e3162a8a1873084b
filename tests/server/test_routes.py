"""Jobs over HTTP, from upload to result, around a fake engine."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from fakes import pictures
from fakes.engine import FakeEngine, Floats
from fakes.service import client_of, error_of, events, host_of, png, post, put, service_of, until
from nurie import __version__
from nurie.protocol import PROTOCOL_VERSION


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_of(host_of(FakeEngine())) as made:
        yield made


def test_a_drawing_is_coloured(client: TestClient) -> None:
    job = post(client, steps=3, seed=5)
    told = events(client, job)
    assert [name for _, name, _ in told] == ["queued", "loading", *["progress"] * 6, "done"]
    assert [number for number, _, _ in told] == list(range(1, 10))
    assert [data["step"] for _, name, data in told if name == "progress"] == [
        0,
        0,
        1,
        2,
        3,
        3,
    ]  # first the references' colours
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
        ({"style": "oil"}, (400, "bad_request")),
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
