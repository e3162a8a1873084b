"""ONNX Runtime. Needs no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from nurie.device import Device, policy
from nurie.protocol import DeviceError, MemoryLimitError, ModelError
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.choice import Choice
from nurie.runtime.correspondence import CellScores, WarpField
from nurie.runtime.description import Description
from nurie.runtime.engine import Floats
from nurie.runtime.external_data import check_external_data
from nurie.runtime.hardware import has_nvidia_driver
from nurie.runtime.store import NETWORKS, StoredModel

__all__ = ["OnnxEngine", "open_engine"]

_ONLY_ERRORS = 3


def open_engine(
    stored: StoredModel, description: Description, device: Device | None, choice: Choice | None = None
) -> OnnxEngine:
    """No device: the GPU where there is one and this build of ONNX Runtime can use it, the CPU otherwise."""
    if device is None:
        usable = "CUDAExecutionProvider" in ort.get_available_providers() and has_nvidia_driver()
        device = Device("cuda" if usable else "cpu")
    choice = choice or Choice.plain("onnx")
    return OnnxEngine(description, stored.graphs(choice.variant), device, choice)


class OnnxEngine(CanvasEngine):
    """Three sessions, one a graph; their initializers lie in the weights file beside the graphs."""

    name = "onnx"

    def __init__(
        self, description: Description, graphs: Mapping[str, Path], device: Device, choice: Choice | None = None
    ) -> None:
        """Raises DeviceError where the device is not there, ModelError for a graph that cannot be read."""
        provider = policy("onnx", device).provider
        choice = choice or Choice.plain("onnx")
        super().__init__(description, str(device), provider, choice)
        if provider not in ort.get_available_providers():
            raise DeviceError(
                f"This ONNX Runtime cannot use {device}.",
                "Install the one that can, with: pip install 'nurie[cuda]'" if device.kind == "cuda" else "",
            )
        # Reading and optimising one graph keeps one core busy, so they are opened side by side.
        with ThreadPoolExecutor(len(NETWORKS)) as pool:
            opened = pool.map(lambda name: _open(graphs[name], device, provider, choice.threads), NETWORKS)
            self._sessions = dict(zip(NETWORKS, opened, strict=True))
        (x_t,) = (value for value in self._sessions["denoiser"].get_inputs() if value.name == "x_t")
        # An open dimension has a name.
        self.batches = isinstance(x_t.shape[0], str)

    def network_encode(self, image: Floats) -> Floats:
        return self._run("reference", {"image": image})

    def network_match(self, sketch: Floats, reference: Floats) -> CellScores | WarpField:
        answer = self._outputs("matcher", {"sketch": sketch, "photo": reference})
        return CellScores(answer[0][0]) if len(answer) == 1 else WarpField(answer[0][0], answer[1][0, 0])

    def network_denoise(self, x_t: Floats, t: Floats, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        inputs = {"x_t": x_t, "t": t, "sketch": sketch, "evidence": evidence, "tokens": tokens}
        return self._run("denoiser", inputs)

    def _run(self, network: str, inputs: Mapping[str, Floats]) -> Floats:
        return self._outputs(network, inputs)[0]

    def _outputs(self, network: str, inputs: Mapping[str, Floats]) -> list[Floats]:
        try:
            return [np.asarray(one, dtype=np.float32) for one in self._sessions[network].run(None, dict(inputs))]
        except Exception as error:
            raise _failure(error, self.device) from error


def _open(graph: Path, device: Device, provider: str, threads: int) -> Any:
    check_external_data(graph)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ONLY_ERRORS
    options.use_deterministic_compute = True
    # TensorFloat-32, which is the provider's default, keeps ten bits of the mantissa: no float32.
    settings = {"device_id": str(device.index), "use_tf32": "0"} if device.kind == "cuda" else {}
    try:
        # Without this, a provider that fails to start is replaced by the CPU and a printed line.
        session = ort.InferenceSession(graph, options, [(provider, settings)], enable_fallback=0)
    except Exception as error:
        if device.kind != "cpu":
            raise _failure(error, str(device)) from error
        text = _sentence(error)
        raise ModelError(f"The model's graph {graph} cannot be read ({text}).", "Install the model again.") from error
    session.disable_fallback()
    got = session.get_providers()[0]
    if got != provider:
        raise DeviceError(
            f"ONNX Runtime was asked for {device} ({provider}) and would have used {got}.",
            "Check the driver, CUDA and cuDNN; or choose --device cpu.",
        )
    return session


def _failure(error: Exception, device: str) -> DeviceError:
    text = _sentence(error)
    if isinstance(error, MemoryError) or "llocate" in text:
        return MemoryLimitError(f"There is not enough memory on {device}.", "Close other programs and try again.")
    return DeviceError(f"ONNX Runtime failed on {device} ({text}).", "Run 'nurie doctor', or choose another device.")


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")
