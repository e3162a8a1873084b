"""What the server costs beside the model: ``python -m nurie.cli.measure [--engine onnx] [--runs 5]`` prints the table.

Every figure is a median of wall-clock seconds; on a busy machine read ratios and processor time only. The server
and the engine alone take turns, drawing by drawing, so that both meet the same machine.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import io
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from PIL import Image

from nurie import colorizer
from nurie.imaging.canvas import fit
from nurie.imaging.encode import encode_png
from nurie.inputs import read_inputs
from nurie.runtime.store import embedded_folder
from nurie.server.memory import steady_heap
from nurie.server.preview import encode_preview

SIDE = 256


class Server:
    """``nurie serve`` in a process of its own, and one connection to it."""

    def __init__(self, engine: str, *options: str) -> None:
        token = secrets.token_hex(16)
        started = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "nurie", "serve", "--engine", engine, "--log", os.devnull, *options],
            env={**os.environ, "NURIE_TOKEN": token},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._stdin, stdout = cast("IO[bytes]", self.process.stdin), cast("IO[bytes]", self.process.stdout)
        ready = json.loads(stdout.readline())
        self.start_seconds = time.perf_counter() - started
        self._connection = http.client.HTTPConnection("127.0.0.1", ready["port"])
        self._headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        headers = {**self._headers, **({"Content-Type": kind} if kind else {})}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self._connection.close()  # the next call opens another: the server does not keep idle ones for ever
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {content.decode()}")
        return content

    def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.call("PUT", f"/v1/images/{digest}", data, "image/png")
        return digest

    def color(self, **fields: Any) -> tuple[str, dict[str, Any]]:
        """A job's id and result, waited for over its events as the plugin does."""
        job = json.loads(self.call("POST", "/v1/jobs", json.dumps(fields).encode(), "application/json"))["id"]
        self.call("GET", f"/v1/jobs/{job}/events")
        status = json.loads(self.call("GET", f"/v1/jobs/{job}"))
        return job, status["result"]

    def resident(self) -> float:
        """Megabytes, now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def processor(self) -> float:
        """Seconds of all its threads, so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> float:
        """Seconds from the end of its stdin to its own."""
        started = time.perf_counter()
        self._stdin.close()
        self.process.wait()
        return time.perf_counter() - started


def seconds(work: Callable[[], Any]) -> float:
    """Of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def sample(name: str, width: int, height: int) -> Image.Image:
    """A picture of the demo, brought to a size."""
    with Image.open(embedded_folder() / f"samples/princess/{name}.webp") as image:
        resized: Image.Image = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    return resized


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def row(what: str, value: float, unit: str, limit: str = "") -> None:
    print(f"{what:<62}{value:>10.3f} {unit:<4}{limit}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="onnx")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    reference = png(sample("reference", 700, 1000))
    lines = {size: png(sample("sketch", *size)) for size in ((1500, 2000), (4000, 4000))}

    steady_heap()  # as the server
    server = Server(arguments.engine, "--idle", "20")
    row("start to ready line", server.start_seconds, "s", "at most 1.0")
    row("start to ready line, processor time", server.processor(), "s")
    row("resident, ready", server.resident(), "MB", "at most 150")
    small, large = (server.put(data) for data in lines.values())
    job = {"sketch": small, "references": [server.put(reference)]}
    started = time.perf_counter()
    timings = server.color(**job)[1]["timings"]
    whole = time.perf_counter() - started
    row("first job, of which loading the model", timings["load"], "s")
    row("first job, all", whole, "s")
    row("resident, model loaded", server.resident(), "MB")

    def trip(seed: int, **fields: Any) -> tuple[float, float]:
        """Round trip with the result fetched, and of it the time inside the model's own pipeline."""
        started = time.perf_counter()
        name, result = server.color(**{**job, "seed": seed, **fields})
        server.call("GET", f"/v1/jobs/{name}/result?part=color")
        return time.perf_counter() - started, result["timings"]["total"]

    model = colorizer.load(engine=arguments.engine)
    drawing = read_inputs(Image.open(io.BytesIO(lines[1500, 2000])), Image.open(io.BytesIO(reference)))

    def alone(seed: int) -> float:
        return seconds(lambda: encode_png(model.colorize(drawing, seed=seed).color))

    trips, bare, effort, bare_effort = [], [], [], []
    for seed in range(arguments.runs + 1):
        started = server.processor()
        trips.append(trip(seed)[0])
        effort.append(server.processor() - started)
        started = time.process_time()
        bare.append(alone(seed))
        bare_effort.append(time.process_time() - started)
    served, engine = statistics.median(trips[1:]), statistics.median(bare[1:])  # the first ones paid for the cache
    row("1500 x 2000, another seed: round trip", served, "s")
    row("the engine alone, same process, with its PNG", engine, "s")
    row("added by the server", served - engine, "s", "at most 0.05")
    row("added by the server", 100 * (served - engine) / engine, "%", "or at most 10")
    more = statistics.median(effort[1:]) - statistics.median(bare_effort[1:])
    row("added by the server, processor time", more, "s")
    first = timings["encode"] + timings["warp"]
    row("reference and matching, first time", first, "s")
    again = server.color(**{**job, "seed": 99})[1]["timings"]
    row("the same from the cache", again["encode"] + again["warp"], "s")
    row("cache gain", first / max(1e-6, again["encode"] + again["warp"]), "x")

    x0 = np.zeros((1, 3, model.engine.canvas_size, model.engine.canvas_size), np.float32)
    placement = fit(drawing.sketch.box, model.engine.canvas_size)
    preview = statistics.median(
        seconds(lambda: encode_preview(x0, placement, drawing.sketch.shape, SIDE)) for _ in range(50)
    )
    steps = model.colorize(drawing, steps=4).timings["denoise"] / 4
    row("one preview", preview * 1000, "ms")
    row("one preview, of a step", 100 * preview / steps, "%", "at most 3")

    upload = seconds(lambda: server.call("PUT", f"/v1/images/{large}", lines[4000, 4000], "image/png"))
    beside = statistics.median(whole - inside for whole, inside in (trip(run, sketch=large) for run in range(3)))
    row("4000 x 4000: upload", upload, "s")
    row("4000 x 4000: upload and round trip beside the model's time", upload + beside, "s", "at most 1.0")
    row("resident after it", server.resident(), "MB")
    while json.loads(server.call("GET", "/v1/info"))["loaded"]:
        time.sleep(1)
    time.sleep(10)
    row("resident, model let go", server.resident(), "MB")
    row("end of stdin to end of process", server.end(), "s", "at most 2")


if __name__ == "__main__":
    main()
