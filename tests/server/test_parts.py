"""Further parts of a result: layers, swatches and strokes, for whom a job that asks for them is made."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from fakes.engine import FakeEngine
from fakes.service import client_of, error_of, host_of, post, service_of, until
from imaging.test_painting import LEFT_ROOM, RIGHT_ROOM, painting
from nurie.protocol import PARTS
from nurie.server.parts import further_parts


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_of(host_of(FakeEngine())) as made:
        yield made


def pixels(part: object) -> np.ndarray[Any, np.dtype[np.uint8]]:
    assert isinstance(part, Image.Image)
    return np.asarray(part)


def strokes(part: object) -> dict[str, Any]:
    assert isinstance(part, bytes)
    told: dict[str, Any] = json.loads(part)
    return told


def test_a_style_comes_with_the_parts_that_were_asked_for(client: TestClient) -> None:
    assert client.get("/v1/info").json()["parts"] == list(PARTS)
    job = post(client, style="shaded", parts=list(PARTS))
    assert sorted(until(client, job, "done")["result"]["parts"]) == sorted(PARTS)
    for part, mode in (("flats", "RGBA"), ("shadows", "RGBA"), ("highlights", "RGBA"), ("swatches", "L")):
        answer = client.get(f"/v1/jobs/{job}/result", params={"part": part})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        with Image.open(io.BytesIO(answer.content)) as image:
            assert (image.size, image.mode) == ((120, 160), mode)
    answer = client.get(f"/v1/jobs/{job}/result", params={"part": "strokes"})
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"colors", "dabs"}


def test_what_was_not_asked_for_is_not_there(client: TestClient) -> None:
    job = post(client, style="flats", parts=["shadows", "flats"])
    assert until(client, job, "done")["result"]["parts"] == ["flats"]  # flats have no shadows
    for part in ("shadows", "strokes"):
        assert error_of(client.get(f"/v1/jobs/{job}/result?part={part}")) == (422, "not_available")
    plain = post(client, style="flats")
    assert "parts" not in until(client, plain, "done")["result"]


def test_parts_need_a_style(client: TestClient) -> None:
    plain = post(client)
    answer = client.post("/v1/jobs", json={**service_request(client, plain), "parts": ["flats"]})
    assert error_of(answer) == (400, "bad_request")


def service_request(client: TestClient, job: str) -> dict[str, Any]:
    """The request that made a job."""
    found: dict[str, Any] = service_of(client).job(job).request.to_dict()
    return found


def test_strokes_say_what_the_swatches_show() -> None:
    made = painting("flats")
    parts = further_parts(made, ("swatches", "strokes"))
    sheet, told = pixels(parts["swatches"]), strokes(parts["strokes"])
    assert len(told["colors"]) == 2
    numbers = {number for number, *_ in told["dabs"]}
    assert numbers == {0, 1, 2}
    for number, x, y, _ in told["dabs"]:
        assert sheet[y, x] == number
    flats = made.flats()
    for room in (LEFT_ROOM, RIGHT_ROOM):
        assert told["colors"][sheet[room] - 1] == flats[room][:3].tolist()


def test_outside_of_the_mask_all_is_ground() -> None:
    made = painting("flats")
    mask = np.zeros(made.line_art.shape, np.uint8)
    mask[:, :160] = 255
    parts = further_parts(replace(made, mask=mask), ("swatches", "strokes"))
    sheet, told = pixels(parts["swatches"]), strokes(parts["strokes"])
    assert not sheet[:, 160:].any()
    assert sheet[LEFT_ROOM] > 0
    assert all(number == 0 for number, x, *_ in told["dabs"] if x >= 160)
    assert any(number > 0 for number, *_ in told["dabs"])


def test_without_a_painting_there_is_none() -> None:
    assert further_parts(None, PARTS) == {}
