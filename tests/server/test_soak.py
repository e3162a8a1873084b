"""Many jobs of all sizes, cancelled, abandoned, read to the end or not at all: none lost, none stuck, memory level."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from fakes import pictures
from fakes.service import TOKEN, put, until
from server.backend import Backend, backend

JOBS = int(os.environ.get("NURIE_SOAK", "120"))
"""NURIE_SOAK=1000 for the run that the release is judged by."""
WARM = 100
"""Jobs after which what stays in memory between jobs is to grow no more."""
ENDS = ("done", "failed", "cancelled")


def resident(server: Backend) -> int:
    """Pages."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])


def settled(server: Backend) -> int:
    """Pages that stay when there is nothing to do: without the model and what was kept with it."""
    while server.client.get("/v1/info").json()["loaded"]:
        time.sleep(0.1)
    level = resident(server)
    while True:
        time.sleep(3)
        if resident(server) >= level:
            return level
        level = resident(server)


def one(server: Backend, chance: random.Random) -> str | None:
    """A job of some size, treated as some client would; its id, or None when the queue was full."""
    size = chance.randrange(40, 700), chance.randrange(40, 700)
    client = server.client
    fields = {
        "sketch": put(client, pictures.sketch(*size)),
        "references": [put(client, pictures.reference(colour=(chance.randrange(200), 90, 60)))],
        "steps": chance.randrange(1, 6),
        "seed": chance.randrange(1000),
        "lane": chance.choice(["live", "normal", "normal", "batch"]),
    }
    answer = client.post("/v1/jobs", json=fields)
    if answer.status_code == 429:
        return None
    job: str = answer.json()["id"]
    match chance.randrange(5):
        case 0:
            client.delete(f"/v1/jobs/{job}")
        case 1:
            with client.stream("GET", f"/v1/jobs/{job}/events") as stream:
                next(stream.iter_lines())  # and away
        case 2:
            if until(client, job, *ENDS)["state"] == "done":
                assert client.get(f"/v1/jobs/{job}/result").status_code in (200, 410)
        case 3:  # a client that dies in the middle of an upload
            headers = {"Authorization": f"Bearer {TOKEN}", "content-type": "image/png"}
            with httpx2.Client(base_url=client.base_url) as other, pytest.raises(RuntimeError):
                other.put("/v1/images/" + "0" * 64, content=cut_short(), headers=headers)
    return job


def cut_short() -> Iterator[bytes]:
    yield bytes(5000)
    raise RuntimeError("the client died")


def test_no_job_is_lost_and_memory_stays_level(tmp_path: Path) -> None:
    chance = random.Random(0)
    # Long enough for the last results to be encoded before the model goes, and all that is free with it.
    with backend(tmp_path, "--idle", "10", program=("-m", "fakes.serve", "quick")) as server:
        last, warm = "", 0
        for number in range(1, JOBS + 1):
            last = one(server, chance) or last
            if number % 10 == 0:
                until(server.client, last, *ENDS)
            if number == WARM:
                warm = settled(server)
        # Nothing is stuck: one more, behind all others, goes through.
        final = {
            "sketch": put(server.client, pictures.sketch()),
            "references": [put(server.client, pictures.reference())],
        }
        until(server.client, last, *ENDS)
        assert server.client.post("/v1/jobs", json={**final, "id": "final", "lane": "batch"}).status_code == 202
        assert until(server.client, "final", *ENDS)["state"] == "done"
        assert server.client.get("/v1/info").json()["waiting"] == 0
        level = settled(server)
    assert "Traceback" not in (tmp_path / "log").read_text()
    print(f"{warm} pages after {WARM} jobs, {level} after {JOBS}")
    assert level < 1.05 * warm
