"""Rules about the code itself: who may import whom, how long a module may be, what stays light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nurie

REPOSITORY = Path(__file__).resolve().parents[1]
CODE = sorted(path for folder in ("backend", "export", "plugin") for path in (REPOSITORY / folder).rglob("*.py"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "backend"), str(REPOSITORY / "export")])}


def test_layers_are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(command, cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_modules_hold_one_concept(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(
    "statement",
    [
        "import nurie",
        "import nurie.cli.main; nurie.cli.main.build_parser()",
        "import nurie.colorizer",
        "import nurie.imaging, nurie.diffusion.samplers, nurie.diffusion.guidance",
        "import nurie.model.presets",
        "import nurie.runtime",
        "import nurie.server.process, nurie.cli.serve",
    ],
)
def test_torch_stays_out(statement: str) -> None:
    heavy = "{'torch', 'onnxruntime', 'openvino'} & set(sys.modules)"
    check = f"{statement}\nimport sys\nsys.exit(', '.join({heavy}) or 0)"
    done = subprocess.run([sys.executable, "-c", check], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_the_public_surface_is_what_is_declared() -> None:
    assert sorted(nurie.__all__) == ["Colorizer", "NurieError", "Result", "__version__", "load"]
    for name in nurie.__all__:
        assert getattr(nurie, name) is not None
    assert set(nurie.__all__) <= set(dir(nurie))
    with pytest.raises(AttributeError, match="paint"):
        nurie.paint  # noqa: B018
