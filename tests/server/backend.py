"""A real ``nurie serve`` in a process of its own, and a client of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from fakes.service import PATIENCE, TOKEN

__all__ = ["REPOSITORY", "Backend", "backend", "spawn"]

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Backend:
    process: subprocess.Popen[str]
    ready: dict[str, Any]
    client: httpx2.Client

    @property
    def port(self) -> int:
        port: int = self.ready["port"]
        return port

    def ended(self) -> int:
        """Its exit code, once it is over."""
        return self.process.wait(PATIENCE)


def spawn(
    folder: Path, *arguments: str, token: str | None = TOKEN, program: tuple[str, ...] = ("-m", "nurie"), **options: Any
) -> subprocess.Popen[str]:
    """Start the server; its settings, log and run file lie in ``folder``. ``program`` may be another one."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "backend"), str(REPOSITORY / "tests")]),
        "NURIE_SETTINGS": str(folder / "settings.toml"),
        "XDG_STATE_HOME": str(folder),
    }
    environment.pop("NURIE_TOKEN", None)
    if token is not None:
        environment["NURIE_TOKEN"] = token
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    command = [sys.executable, *program, "serve", "--engine", "onnx", "--log", str(folder / "log"), *arguments]
    return subprocess.Popen(command, env=environment, text=True, **options)


@contextmanager
def backend(folder: Path, *arguments: str, token: str = TOKEN, **options: Any) -> Iterator[Backend]:
    """The server, ready; it is ended with the block, the hard way if it has not ended by then."""
    process = spawn(folder, *arguments, **options)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        ready = json.loads(line)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=f"http://127.0.0.1:{ready['port']}", headers=headers, timeout=PATIENCE) as client:
            yield Backend(process, ready, client)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
