"""What ``nurie serve`` needs to be ready, and what it must not wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server.backend import REPOSITORY, backend

LATER = {"PIL", "cv2", "importlib.metadata", "numpy", "onnxruntime", "pydantic", "sse_starlette", "torch", "zipfile"}
"""Imports that take longer than the server itself does: they come with the first image, job or reader."""

PROGRAM = """
import sys
from nurie.cli.main import main
code = main(["serve", "--log", "-"])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""


def test_nothing_heavy_is_imported_before_the_ready_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="",
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(REPOSITORY / "backend"), "HOME": str(tmp_path), "NURIE_TOKEN": 32 * "t"},
    )
    assert '"event": "ready"' in done.stdout
    assert "uvicorn.server" in done.stderr.split()
    assert not LATER & set(done.stderr.split())


def test_a_server_without_a_job_holds_little_memory(tmp_path: Path) -> None:
    with backend(tmp_path) as server:
        kilobytes = Path(f"/proc/{server.process.pid}/status").read_text().partition("VmRSS:")[2].split()[0]
        assert int(kilobytes) < 75_000
