"""From a model's name, an engine and a device to an ``Engine``: what was asked for, or an error that says why not."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from nurie.device import ENGINES, Device, EngineName, policy
from nurie.protocol import DeviceError, UsageError
from nurie.runtime.calibration import Calibration, package_version, recall
from nurie.runtime.choice import Choice
from nurie.runtime.description import Description, read_description
from nurie.runtime.engine import Engine
from nurie.runtime.hardware import has_nvidia_driver
from nurie.runtime.store import StoredModel, check_files, find_model

__all__ = ["installed_engines", "load_engine"]

_PACKAGES: dict[EngineName, str] = {"onnx": "onnxruntime", "openvino": "openvino", "torch": "torch"}
_NAMES: dict[EngineName, str] = {"onnx": "ONNX Runtime", "openvino": "OpenVINO", "torch": "PyTorch"}
_EXTRAS: dict[EngineName, str] = {"onnx": "nurie[cpu]", "openvino": "nurie[openvino]", "torch": "nurie[train]"}


def load_engine(
    model: str = "compact",
    engine: str = "auto",
    device: Device | None = None,
    *,
    models: Path | None = None,
    variant: str | None = None,
    threads: int | None = None,
) -> Engine:
    """Open a model (a name, or a path) on an engine and a device; None is the engine's best device.

    ``auto`` is PyTorch where it has an NVIDIA GPU, else what was measured to be best here (``calibration``), else the
    first installed engine of ``ENGINES``. ``models`` is the user's folder of models. ``variant`` is "float32" or one
    of the model's variants, ``threads`` how many the CPU computes on; left out, they are what was measured to be best,
    or float32 on one thread a core. ModelError: missing, damaged or wrong-version files, a variant that was not made;
    DeviceError: an engine or a device that is not there, never another one in its place.
    """
    if engine != "auto" and engine not in get_args(EngineName):
        raise UsageError(f"'{engine}' is not an engine.", f"Use auto, {', '.join(ENGINES)}.")
    stored = find_model(model, models)
    check_files(stored)
    description = read_description(stored.weights)
    if engine == "auto":
        return _open_first(stored, description, device, variant, threads)
    name: EngineName = engine  # type: ignore[assignment]
    if not _installed(name):
        raise _not_installed(name)
    return _open(_choice(name, stored, device, variant, threads), stored, description, device)


def installed_engines() -> tuple[EngineName, ...]:
    """The engines whose packages are installed, without importing them; in the order of ``ENGINES``."""
    return tuple(name for name in ENGINES if _installed(name))


def _open_first(
    stored: StoredModel, description: Description, device: Device | None, variant: str | None, threads: int | None
) -> Engine:
    """``auto``: the first engine that is installed, can read this model and, where a device was named, has it."""
    refused: list[DeviceError] = []
    for name in _preferred(stored, device):
        if name != "torch" and not stored.has_graphs:
            continue
        try:
            return _open(_choice(name, stored, device, variant, threads), stored, description, device)
        except DeviceError as error:
            # Only a device that was asked for is a reason to try the next engine: that is what auto is asked to find.
            if device is None:
                raise
            refused.append(error)
    if refused:
        raise refused[0]
    if installed_engines():
        raise _not_installed("torch", "which this model needs")
    raise DeviceError("No engine is installed.", f"Install one with: pip install '{_EXTRAS['onnx']}'")


def _choice(
    name: EngineName, stored: StoredModel, device: Device | None, variant: str | None, threads: int | None
) -> Choice:
    """What was asked for; where nothing was, what was measured to be this engine's best on the CPU."""
    plain = Choice.plain(name)
    found = _measured(stored, device, [name])
    rows = [] if found is None else [row.choice for row in found.rows if row.choice.engine == name and not row.failure]
    if found is not None and found.chosen.engine == name:
        rows.insert(0, found.chosen)
    fitting = [one for one in rows if variant in (None, one.variant)]
    best = fitting[0] if fitting else replace(plain, variant=variant or plain.variant)
    return replace(best, threads=threads or best.threads)


def _measured(stored: StoredModel, device: Device | None, engines: Sequence[EngineName]) -> Calibration | None:
    """What is known of this machine's CPU, where that is what will compute: a GPU is faster than whatever was found."""
    on_cpu = not any(_takes_gpu(name) for name in engines) if device is None else device.kind == "cpu"
    return recall(stored) if on_cpu else None


def _takes_gpu(name: EngineName) -> bool:
    """Whether the engine, left to itself, computes on an NVIDIA GPU."""
    if name == "onnx":
        return has_nvidia_driver() and package_version("onnxruntime-gpu") is not None
    return name == "torch" and _torch_has_cuda()


def _preferred(stored: StoredModel, device: Device | None) -> list[EngineName]:
    names = list(installed_engines())
    found = _measured(stored, device, names)
    if found is not None and found.chosen.engine in names:
        names.remove(found.chosen.engine)
        names.insert(0, found.chosen.engine)
    if "torch" in names and (device is None or device.kind == "cuda") and _torch_has_cuda():
        names.remove("torch")
        names.insert(0, "torch")
    return names


def _torch_has_cuda() -> bool:
    """Whether PyTorch finds an NVIDIA GPU. It takes seconds to import, so the driver is asked first."""
    if not has_nvidia_driver():
        return False
    try:
        return importlib.import_module("torch").cuda.is_available() is True
    except (ImportError, OSError):
        return False


def _open(choice: Choice, stored: StoredModel, description: Description, device: Device | None) -> Engine:
    name = choice.engine
    if device is not None:
        policy(name, device)
    try:
        module = importlib.import_module(f"nurie.runtime.{name}_engine")
    except (ImportError, OSError) as error:  # a shared library that does not load is either
        raise DeviceError(
            f"{_NAMES[name]} is installed but does not start ({error}).",
            f"Install it again with: pip install --force-reinstall '{_EXTRAS[name]}'",
        ) from error
    engine: Engine = module.open_engine(stored, description, device, choice)
    return engine


def _installed(name: EngineName) -> bool:
    try:
        return importlib.util.find_spec(_PACKAGES[name]) is not None
    except ValueError:  # a module somebody put into sys.modules by hand
        return False


def _not_installed(name: EngineName, why: str = "which --engine asks for") -> DeviceError:
    return DeviceError(
        f"{_NAMES[name]}, {why}, is not installed.",
        f"Install it with: pip install '{_EXTRAS[name]}'",
        code="engine_not_installed",
    )
