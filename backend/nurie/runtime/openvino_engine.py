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
from nurie.runtime.choice import Choice
from nurie.runtime.correspondence import CellScores, WarpField
from nurie.runtime.description import Description
from nurie.runtime.engine import Floats
from nurie.runtime.external_data import check_external_data
from nurie.runtime.store import FULL, NETWORKS, StoredModel

__all__ = ["OpenVinoEngine", "open_engine"]


def open_engine(
    stored: StoredModel, description: Description, device: Device | None, choice: Choice | None = None
) -> OpenVinoEngine:
    """No device is the CPU."""
    choice = choice or Choice.plain("openvino")
    bfloat16 = choice.variant != FULL and stored.variant(choice.variant).precision == "bfloat16"
    graphs = stored.graphs(choice.variant)
    return OpenVinoEngine(description, graphs, device or Device("cpu"), choice, "bf16" if bfloat16 else "f32")


class OpenVinoEngine(CanvasEngine):
    """Three compiled models, one a graph."""

    name = "openvino"

    def __init__(
        self,
        description: Description,
        graphs: Mapping[str, Path],
        device: Device,
        choice: Choice | None = None,
        precision: str = "f32",
    ) -> None:
        """``precision`` is what operators that are not quantised compute in, f32 or bf16.

        Raises DeviceError where the device is not there, ModelError for a graph that cannot be read."""
        provider = policy("openvino", device).provider
        choice = choice or Choice.plain("openvino")
        super().__init__(description, str(device), provider, choice)
        core = ov.Core()
        if provider not in core.available_devices:
            raise DeviceError(f"OpenVINO finds no {provider}.", f"It finds: {', '.join(core.available_devices)}.")
        # It would compute in float32 without a word.
        if precision == "bf16" and "BF16" not in core.get_property(provider, "OPTIMIZATION_CAPABILITIES"):
            raise DeviceError("This processor does not compute in bfloat16.", "Choose another variant.")
        # Left to itself, OpenVINO takes bfloat16 where the CPU has it.
        options = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": choice.threads,
        }
        self._compiled = {name: _compile(core, graphs[name], provider, options) for name in NETWORKS}

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
            # Copies: the results lie in buffers that the next call writes to.
            return [np.array(one, dtype=np.float32) for one in self._compiled[network](dict(inputs)).to_tuple()]
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
