"""``nurie models``: what is installed, whether it is intact, and what it is made of."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from nurie.cli.report import print_json
from nurie.protocol import ModelError, UsageError

if TYPE_CHECKING:
    from nurie.cli.parser import Commands
    from nurie.runtime.store import FileCheck, StoredModel

__all__ = ["add_command"]


def add_command(commands: Commands) -> None:
    """``models list``, ``verify``, ``install`` and ``parameters``."""
    parser = commands.add_parser("models", help="list, verify and describe models")
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the models that are installed")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(run=_list)
    verifying = actions.add_parser("verify", help="compare every file with its recorded SHA-256")
    verifying.add_argument("model", nargs="?", metavar="MODEL", help="a name or a path (default: all installed)")
    verifying.add_argument("--json", action="store_true", help="print one JSON object")
    verifying.set_defaults(run=_verify)
    installing = actions.add_parser("install", help="install a model from a folder, a zip or a manifest's address")
    installing.add_argument("source", metavar="FILE", help="folder or zip of a model, or https://…/manifest.json")
    installing.add_argument("--json", action="store_true", help="print one JSON object")
    installing.set_defaults(run=_install)
    counting = actions.add_parser("parameters", help="parameter counts row by row, the paper's beside ours")
    counting.add_argument("preset", nargs="?", metavar="PRESET", help="paper or compact (default: both)")
    counting.set_defaults(run=_parameters)


def _list(arguments: argparse.Namespace) -> int:
    models = _stored(None)
    if arguments.json:
        print_json({"models": [_describe(model) for model in models]})
        return 0
    for model in models:
        engines = "all engines" if model.has_graphs else "torch only"
        print(f"{model.name:<12}{model.origin:<11}{_size(model) / 1e6:6.1f} MB  {engines:<13}{model.folder}")
    if not models:
        print("No model is installed.")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from nurie.runtime.store import verify

    checked = {model.name: verify(model) for model in _stored(arguments.model)}
    if not checked:
        raise ModelError("No model is installed.", "Install Nurie again, or give the path of a model.")
    bad = [check for checks in checked.values() for check in checks if check.state != "ok"]
    if bad:
        raise ModelError(f"The model file {bad[0].path} is {bad[0].state}.", "Install or download the model again.")
    for name, checks in checked.items():
        if not checks:
            raise ModelError(f"The model {name} has no manifest to compare it with.", "Choose its folder.")
    if arguments.json:
        print_json({"models": {name: [_file_entry(check) for check in checks] for name, checks in checked.items()}})
    else:
        for name, checks in checked.items():
            print("\n".join(f"{name}: {check.path.name}: {check.state}" for check in checks))
    return 0


def _install(arguments: argparse.Namespace) -> int:
    from nurie.runtime.install import install
    from nurie.settings import load_settings

    def tell(name: str, state: str, done: int, size: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{name}: {state} {done / 1e6:.0f} of {size / 1e6:.0f} MB  ", end="", file=sys.stderr, flush=True)

    model = install(arguments.source, load_settings().models, tell)
    if arguments.json:
        print_json({"installed": _describe(model)})
    else:
        print(f"{model.name} is installed in {model.folder}")
    return 0


def _parameters(arguments: argparse.Namespace) -> int:
    from nurie.model.presets import PRESETS

    names = tuple(PRESETS) if arguments.preset is None else (arguments.preset,)
    if not set(names) <= set(PRESETS):
        raise UsageError(f"There is no preset '{arguments.preset}'.", f"There are: {', '.join(PRESETS)}.")
    try:
        from nurie.model.parameters import table
    except ImportError as error:
        text = f"'nurie models parameters' builds the networks and needs {error.name}, which is not installed."
        raise UsageError(text, "Install it with: pip install 'nurie[train]'", code="missing_extra") from error
    print(table(names))
    return 0


def _file_entry(check: FileCheck) -> dict[str, str | int]:
    """One verified file, for JSON."""
    return {"file": check.path.name, "state": check.state, "bytes": check.bytes}


def _stored(model: str | None) -> list[StoredModel]:
    from nurie.runtime.store import find_model, list_models
    from nurie.settings import load_settings

    folder = load_settings().models
    return list_models(folder) if model is None else [find_model(model, folder)]


def _describe(model: StoredModel) -> dict[str, str | int | bool]:
    return {
        "name": model.name,
        "origin": model.origin,
        "folder": str(model.folder),
        "weights": model.weights.name,
        "bytes": _size(model),
        "graphs": model.has_graphs,
    }


def _size(model: StoredModel) -> int:
    """Bytes of all files of the manifest."""
    return sum(entry.bytes for entry in model.manifest.files.values()) if model.manifest else 0
