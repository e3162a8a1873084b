"""The server around a fake engine, and the few requests that every test of it makes."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image
from starlette.testclient import TestClient

from fakes import pictures
from fakes.engine import FakeEngine, Floats
from nurie.colorizer import Colorizer
from nurie.server import create_app
from nurie.server.engine import EngineHost
from nurie.server.limits import Limits
from nurie.server.service import Service
from nurie.server.settings import ServerSettings

__all__ = [
    "ADDRESS",
    "PATIENCE",
    "TOKEN",
    "GatedEngine",
    "client_of",
    "error_of",
    "events",
    "host_of",
    "png",
    "post",
    "put",
    "service_of",
    "until",
]

TOKEN = "a-token-of-thirty-two-characters"  # noqa: S105 - it guards nothing but tests
ADDRESS = "http://127.0.0.1:8765"
PATIENCE = 120.0
"""Seconds after which something that should have happened never will; far above what a busy machine needs."""


class GatedEngine(FakeEngine):
    """Stands before every step until the test lets one through; at the end everything passes."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)
        self.open = False

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        self.entered.release()
        if not self.open:
            assert self.gate.acquire(timeout=PATIENCE)
        return super().denoise(x_t, t, sketch, evidence, tokens)

    def wait(self) -> None:
        """Until it stands before its next step."""
        assert self.entered.acquire(timeout=PATIENCE)

    def finish(self) -> None:
        """Let everything pass from now on."""
        self.open = True
        self.gate.release(1000)


def host_of(engine: FakeEngine) -> EngineHost:
    return EngineHost(lambda model: Colorizer(engine), "fake")


@contextmanager
def client_of(host: EngineHost, **limits: Any) -> Iterator[TestClient]:
    """A client with the token, of a server that runs while the block lasts."""
    app = create_app(ServerSettings(TOKEN, Limits(**limits)), host)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with TestClient(app, ADDRESS, headers=headers, raise_server_exceptions=False) as client:
        yield client


def service_of(client: TestClient) -> Service:
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    return service


def png(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def put(client: Any, image: Image.Image | bytes) -> str:
    """Upload a picture; its digest."""
    data = image if isinstance(image, bytes) else png(image)
    digest = hashlib.sha256(data).hexdigest()
    answer = client.put(f"/v1/images/{digest}", content=data, headers={"content-type": "image/png"})
    assert answer.status_code in (200, 201), answer.text
    return digest


def post(client: Any, **fields: Any) -> str:
    """Let a job wait, of the two usual pictures where no others are named; its id."""
    fields.setdefault("sketch", put(client, pictures.sketch()))
    fields.setdefault("references", [put(client, pictures.reference())])
    answer = client.post("/v1/jobs", json=fields)
    assert answer.status_code == 202, answer.text
    name: str = answer.json()["id"]
    return name


def until(client: Any, job: str, *states: str) -> dict[str, Any]:
    """The job's status as soon as it is in one of the states."""
    deadline = time.monotonic() + PATIENCE
    while True:
        status: dict[str, Any] = client.get(f"/v1/jobs/{job}").json()
        if status["state"] in states:
            return status
        assert time.monotonic() < deadline, status
        time.sleep(0.01)


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
