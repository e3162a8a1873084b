"""Rules about the code itself: who may import whom, how long a module may be, what stays light."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nurie

REPOSITORY = Path(__file__).resolve().parents[1]
CODE = sorted(path for folder in ("backend", "export", "plugin") for path in (REPOSITORY / folder).rglob("*.py"))
PLUGIN = sorted((REPOSITORY / "plugin" / "nurie_krita").rglob("*.py"))
FOLDERS = [str(REPOSITORY / folder) for folder in ("backend", "export", "plugin")]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(FOLDERS)}


def test_layers_are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(command, cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_modules_hold_one_concept(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", PLUGIN, ids=lambda path: path.name)
def test_the_plugin_needs_only_what_krita_brings(path: Path) -> None:
    """Python 3.10 syntax (Krita 5.2 on Windows), its standard library, Qt through one module, Krita through few."""
    allowed = {"nurie_krita", *sys.stdlib_module_names} - {"annotationlib", "compression", "tomllib"}
    if path.name == "qt.py":
        allowed |= {"PyQt5", "PyQt6", "pykrita"}
    if path.name == "register.py" or path.name.startswith("document"):
        allowed.add("krita")
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
    assert _imported(tree) <= allowed


def _imported(tree: ast.AST) -> set[str]:
    """First names of everything imported absolutely, ``import_module("…")`` included."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {
                name.value for name in node.args if isinstance(name, ast.Constant) and isinstance(name.value, str)
            }
    return {name.partition(".")[0] for name in found}


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
