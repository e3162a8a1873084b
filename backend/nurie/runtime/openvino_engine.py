"""OpenVINO, from the same ONNX graphs and weights as ONNX Runtime. Needs no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

from nurie.device import Device, policy
from nurie.protocol import DeviceError, ModelError
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.correspondence import CellScores
from nurie.runtime.description import Description
from nurie.runtime.engine import Floats
from nurie.runtime.external_data import check_external_data
from nurie.runtime.hardware import thread_count
from nurie.runtime.store import NETWORKS, StoredModel

__all__ = ["OpenVinoEngine", "open_engine"]


def open_engine(stored: StoredModel, description: Description, device: Device | None) -> OpenVinoEngine:
    """None is the CPU."""
    return OpenVinoEngine(description, stored.graphs(), device or Device("cpu"))


class OpenVinoEngine(CanvasEngine):
    """Three compiled models, one a graph."""

    name = "openvino"

    def __init__(self, description: Description, graphs: Mapping[str, Path], device: Device) -> None:
        """Raises DeviceError where the device is not there, ModelError for a graph that cannot be read."""
        provider = policy("openvino", device).provider
        super().__init__(description, str(device), provider)
        core = ov.Core()
        if provider not in core.available_devices:
            raise DeviceError(f"OpenVINO finds no {provider}.", f"It finds: {', '.join(core.available_devices)}.")
        # Left to itself, OpenVINO takes bfloat16 where the CPU has it.
        options = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": thread_count(),
        }
        self._compiled = {name: _compile(core, graphs[name], provider, options) for name in NETWORKS}

    def network_encode(self, image: Floats) -> Floats:
        return self._run("reference", {"image": image})

    def network_match(self, sketch: Floats, reference: Floats) -> CellScores:
        return CellScores(self._run("matcher", {"sketch": sketch, "photo": reference})[0])

    def network_denoise(self, x_t: Floats, t: Floats, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        inputs = {"x_t": x_t, "t": t, "sketch": sketch, "evidence": evidence, "tokens": tokens}
        return self._run("denoiser", inputs)

    def _run(self, network: str, inputs: Mapping[str, Floats]) -> Floats:
        try:
            # A copy: the result lies in a buffer that the next call writes to.
            return np.array(self._compiled[network](dict(inputs))[0], dtype=np.float32)
        except RuntimeError as error:
            text = " ".join(str(error).split())[:300]
            raise DeviceError(f"OpenVINO failed on {self.device} ({text}).", "Choose another engine.") from error


def _compile(core: Any, graph: Path, provider: str, options: Mapping[str, Any]) -> Any:
    check_external_data(graph)
    try:
        model = core.read_model(graph)
    except RuntimeError as error:
        text = " ".join(str(error).split())[:300]
        raise ModelError(f"The model's graph {graph} cannot be read ({text}).", "Install the model again.") from error
    try:
        return core.compile_model(model, provider, dict(options))
    except RuntimeError as error:
        text = " ".join(str(error).split())[:300]
        raise DeviceError(f"OpenVINO failed on {provider} ({text}).", "Choose another engine.") from error
