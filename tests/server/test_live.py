"""The real server with the embedded model: upload, job, events, result, cancel, caches, the same bytes everywhere."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fakes.service import PATIENCE, png, put, until
from nurie.cli.main import main
from server.backend import REPOSITORY, Backend, backend

SAMPLE = REPOSITORY / "resources/samples/princess"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with backend(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="module")
def images(server: Backend) -> dict[str, Any]:
    sketch, reference = (Image.open(SAMPLE / f"{name}.webp") for name in ("sketch", "reference"))
    return {"sketch": put(server.client, sketch), "references": [put(server.client, reference)]}


def follow(server: Backend, job: str) -> list[tuple[str, dict[str, Any]]]:
    told, name = [], ""
    with server.client.stream("GET", f"/v1/jobs/{job}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                told.append((name, json.loads(line.removeprefix("data: "))))
    return told


def color(server: Backend, images: dict[str, Any], **fields: Any) -> tuple[str, dict[str, Any]]:
    """A job's id and what it says of its result."""
    answer = server.client.post("/v1/jobs", json={**images, **fields})
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    name, data = follow(server, job)[-1]
    assert name == "done", data
    return job, data["result"]


def test_a_drawing_is_coloured_with_previews_on_the_way(server: Backend, images: dict[str, Any]) -> None:
    answer = server.client.post("/v1/jobs", json={**images, "steps": 2}).json()
    told = follow(server, answer["id"])
    steps = [data["step"] for name, data in told if name == "progress"]
    assert [name for name, _ in told] == ["queued", "loading", *["progress"] * len(steps), "done"]
    # What all matches together carry over is told where the first one was told a fifth of a second ago.
    assert steps in ([0, 0, 1, 2, 2], [0, 0, 0, 1, 2, 2])
    with Image.open(io.BytesIO(base64.b64decode(told[3][1]["preview"]))) as preview:
        assert (preview.format, max(preview.size)) == ("JPEG", 256)
    result = told[-1][1]["result"]
    assert (result["model"], result["engine"], result["device"]) == ("compact", "onnx", "cpu")
    assert result["timings"]["load"] == 0  # it was loaded when the pictures came
    file = server.client.get(f"/v1/jobs/{answer['id']}/result", params={"part": "color"}).content
    with Image.open(SAMPLE / "sketch.webp") as sketch, Image.open(io.BytesIO(file)) as image:
        assert image.size == sketch.size
        pixels = np.asarray(image)
    painted = pixels[pixels[..., 3] > 200][:, :3].mean(axis=0)
    assert painted[2] > painted[0] + 15  # the princess wears blue


def test_the_same_bytes_as_the_command_line(server: Backend, images: dict[str, Any], tmp_path: Path) -> None:
    job, _ = color(server, images, steps=1, seed=7)
    output = tmp_path / "out.png"
    command = [
        "colorize",
        str(SAMPLE / "sketch.webp"),
        "--reference",
        str(SAMPLE / "reference.webp"),
        "-o",
        str(output),
    ]
    assert main([*command, "--engine", "onnx", "--steps", "1", "--seed", "7"]) == 0
    assert server.client.get(f"/v1/jobs/{job}/result", params={"part": "image"}).content == output.read_bytes()


def test_a_cached_match_gives_the_same_bytes(server: Backend, images: dict[str, Any]) -> None:
    color(server, images, seed=1, steps=1)
    job, result = color(server, images, seed=2, steps=1)
    assert result["timings"]["load"] == 0
    first = server.client.get(f"/v1/jobs/{job}/result").content
    again, _ = color(server, images, seed=2, steps=1)
    assert server.client.get(f"/v1/jobs/{again}/result").content == first


def test_cancelling_ends_within_a_step_and_the_next_job_runs(server: Backend, images: dict[str, Any]) -> None:
    job = server.client.post("/v1/jobs", json={**images, "steps": 100}).json()["id"]
    until(server.client, job, "running")
    assert server.client.delete(f"/v1/jobs/{job}").status_code == 202
    status = until(server.client, job, "cancelled", "done")
    assert status["state"] == "cancelled"
    assert status["step"] < 100
    color(server, images, steps=1)


def test_a_client_that_goes_away_costs_nothing(server: Backend, images: dict[str, Any]) -> None:
    job = server.client.post("/v1/jobs", json={**images, "steps": 2, "seed": 11}).json()["id"]
    with server.client.stream("GET", f"/v1/jobs/{job}/events") as stream:
        next(stream.iter_lines())
    assert until(server.client, job, "done", "failed", "cancelled")["state"] == "done"


def test_a_picture_that_cannot_be_used_is_told_and_nothing_breaks(server: Backend, images: dict[str, Any]) -> None:
    blank = put(server.client, Image.new("L", (64, 64), 255))
    job = server.client.post("/v1/jobs", json={**images, "sketch": blank}).json()["id"]
    assert until(server.client, job, "failed")["error"]["code"] == "bad_input"
    data = png(Image.new("L", (64, 64)))
    digest = hashlib.sha256(data + b"x").hexdigest()
    answer = server.client.put(f"/v1/images/{digest}", content=data, headers={"content-type": "image/png"})
    assert answer.status_code == 422
    color(server, images, steps=1)


def resident(server: Backend) -> int:
    """Pages that the process holds."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])


def test_an_idle_model_gives_its_memory_back_each_time(tmp_path: Path) -> None:
    """What stays is the engine's own library and the results, encoded; and it is the same after each time."""
    with backend(tmp_path, "--idle", "3") as server:
        ready = resident(server)
        reference = put(server.client, Image.open(SAMPLE / "reference.webp"))
        with Image.open(SAMPLE / "sketch.webp") as image:
            sketch = put(server.client, image.resize((1800, 2400)))
        levels = []
        for seed in range(3):
            color(server, {"sketch": sketch, "references": [reference]}, steps=1, seed=seed)
            loaded = resident(server)
            while server.client.get("/v1/info").json()["loaded"]:
                time.sleep(0.05)
            # It says so before it has done so.
            deadline = time.monotonic() + PATIENCE
            while resident(server) - ready > 0.3 * (loaded - ready) and time.monotonic() < deadline:
                time.sleep(0.05)
            levels.append(resident(server))
            assert levels[-1] - ready < 0.3 * (loaded - ready)
        assert max(levels) < 1.1 * min(levels)
