"""Which engine runs: what was asked for, or an error that says why not."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from nurie.device import Device, EngineName, parse_device
from nurie.protocol import DeviceError, ModelError, UsageError
from nurie.runtime import engines, load_engine
from nurie.runtime.choice import Choice
from nurie.runtime.description import Description
from nurie.runtime.store import StoredModel


@dataclass
class Opened:
    """Stands for an engine; its device is what was asked for, None where the engine may choose."""

    name: str
    device: Device | None


class Machine:
    """Which engines are installed, and the devices that each of them really has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **kinds: set[str]) -> None:
        monkeypatch.setattr(engines, "_installed", lambda name: name in kinds)
        monkeypatch.setattr(engines, "_torch_has_cuda", lambda: "cuda" in kinds.get("torch", set()))
        for name in ("onnx", "openvino", "torch"):
            module = ModuleType(f"nurie.runtime.{name}_engine")
            module.open_engine = self._opener(name, kinds.get(name, set()))  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, module.__name__, module)

    @staticmethod
    def _opener(name: str, kinds: set[str]) -> object:
        def open_engine(stored: StoredModel, description: Description, device: Device | None, choice: Choice) -> Opened:
            assert choice.engine == name
            if device is not None and device.kind not in kinds:
                raise DeviceError(f"{name} finds no {device}.")
            return Opened(name, device)

        return open_engine


CPU = {"cpu"}
GPU = {"cpu", "cuda"}


def opened(model: Path, engine: str = "auto", device: str = "auto") -> Opened:
    found: object = load_engine(str(model), engine, parse_device(device))
    assert isinstance(found, Opened)
    return found


@pytest.mark.parametrize(
    ("kinds", "device", "expected"),
    [
        ({"onnx": CPU, "openvino": CPU, "torch": CPU}, "auto", "onnx"),
        ({"openvino": CPU, "torch": CPU}, "auto", "openvino"),
        ({"torch": CPU}, "auto", "torch"),
        ({"onnx": CPU, "torch": GPU}, "auto", "torch"),
        ({"onnx": CPU, "torch": GPU}, "cpu", "onnx"),
        ({"onnx": GPU, "torch": GPU}, "cuda", "torch"),
        ({"onnx": GPU, "torch": CPU}, "cuda:1", "onnx"),
        ({"onnx": CPU, "torch": {"cpu", "mps"}}, "mps", "torch"),
    ],
)
def test_auto(
    kinds: dict[str, set[str]], device: str, expected: str, small_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Machine(monkeypatch, **kinds)
    assert opened(small_weights, device=device) == Opened(expected, parse_device(device))


def test_auto_takes_an_engine_that_can_read_the_model(
    small_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "alone.safetensors"
    shutil.copy(small_weights / "small.safetensors", alone)
    Machine(monkeypatch, onnx=CPU, torch=CPU)
    assert opened(alone).name == "torch"
    Machine(monkeypatch, onnx=CPU)
    with pytest.raises(DeviceError, match="PyTorch, which this model needs, is not installed"):
        opened(alone)


def test_auto_names_the_device_that_nobody_has(small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, onnx=CPU, openvino=CPU, torch=CPU)
    with pytest.raises(DeviceError, match="onnx finds no cuda:3"):
        opened(small_weights, device="cuda:3")


def test_no_engine_at_all(small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch)
    with pytest.raises(DeviceError, match=r"No engine is installed.*pip install 'nurie\[cpu\]'"):
        opened(small_weights)


@pytest.mark.parametrize(("engine", "extra"), [("onnx", "cpu"), ("openvino", "openvino"), ("torch", "train")])
def test_an_engine_that_is_not_installed(
    engine: EngineName, extra: str, small_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: dict[str, set[str]] = {"onnx": CPU, "openvino": CPU, "torch": GPU}
    del others[engine]
    Machine(monkeypatch, **others)
    with pytest.raises(DeviceError, match=rf"is not installed.*pip install 'nurie\[{extra}\]'") as caught:
        opened(small_weights, engine)
    assert (caught.value.code, caught.value.exit_code) == ("engine_not_installed", 5)


def test_an_engine_that_is_asked_for_is_never_replaced(small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, onnx=CPU, torch=GPU)
    assert opened(small_weights, "onnx") == Opened("onnx", None)
    with pytest.raises(DeviceError, match="onnx finds no cuda:0"):
        opened(small_weights, "onnx", "cuda")
    with pytest.raises(DeviceError, match="does not run on mps"):
        opened(small_weights, "onnx", "mps")


def test_an_engine_that_does_not_start(small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, onnx=CPU)
    monkeypatch.delitem(sys.modules, "nurie.runtime.onnx_engine")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DeviceError, match="ONNX Runtime is installed but does not start"):
        opened(small_weights, "onnx")


def test_a_name_that_is_no_engine(small_weights: Path) -> None:
    with pytest.raises(UsageError, match="'magic' is not an engine"):
        opened(small_weights, "magic")


def test_the_model_is_checked_before_any_engine_is(
    small_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Machine(monkeypatch)
    copy = tmp_path / "small"
    shutil.copytree(small_weights, copy)
    graph = copy / "denoiser.onnx"
    graph.write_bytes(graph.read_bytes() + b" ")
    with pytest.raises(ModelError, match=r"denoiser\.onnx is damaged"):
        opened(copy)


def test_installed_engines_are_the_packages_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines._PACKAGES, "openvino", "a_package_that_nobody_has")
    assert engines.installed_engines() == ("onnx", "torch")


def test_torch_is_not_even_imported_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "has_nvidia_driver", lambda: False)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not engines._torch_has_cuda()
    monkeypatch.setattr(engines, "has_nvidia_driver", lambda: True)
    assert not engines._torch_has_cuda()
