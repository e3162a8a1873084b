"""One measurement, one process: a worker is started, watched until it is ready, and read to its end.

In a process of its own no measurement inherits memory, threads or caches of another, its peak is its own, and
libraries that do not bear each other (OpenVINO crashes where torch.onnx was) never meet.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import IO, Any, cast

from nurie.protocol import NurieError

__all__ = ["BenchError", "run_worker"]

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class BenchError(NurieError):
    """A worker that ended without a result."""

    default_code = "bench"


def run_worker(kind: str, task: Mapping[str, Any], *, threads: int | None = None) -> dict[str, Any]:
    """The worker's result, with ``start``: seconds from the process's creation until its libraries were imported.

    BenchError with the worker's own sentence where it failed, or where it died without one.
    """
    environment = dict(os.environ)
    if threads is not None:
        environment |= dict.fromkeys(_THREADS, str(threads))
    command = [sys.executable, "-m", "nurie.bench.worker", kind, json.dumps(task)]
    started = time.perf_counter()
    with (
        tempfile.TemporaryFile() as stderr,  # no pipe: nobody would empty it
        subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
        ) as process,
    ):
        try:
            return _read(process, stderr, started)
        finally:
            process.kill()


def _read(process: subprocess.Popen[bytes], stderr: IO[bytes], started: float) -> dict[str, Any]:
    start = None
    for line in cast("IO[bytes]", process.stdout):
        event = json.loads(line)
        if event["event"] == "ready":
            start = time.perf_counter() - started
        elif event["event"] == "failed":
            raise BenchError(event["message"], event["advice"])
        else:
            return {"start": start, **event["result"]}
    code = process.wait()
    stderr.seek(0)
    last = stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
    raise BenchError(f"A measurement ended without a result (exit code {code}{last and f': {last}'}).")
