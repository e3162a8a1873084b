"""PyTorch, straight from the weights file; runs every preset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from nurie.device import Device, policy
from nurie.model.denoising_unet import DenoisingUNet
from nurie.model.matcher import Matcher, MatcherConfig
from nurie.model.psc import PSCInference
from nurie.model.reference_unet import ReferenceUNet, tokens
from nurie.protocol import DeviceError, MemoryLimitError, ModelError, UsageError
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.choice import Choice
from nurie.runtime.correspondence import CellScores, WarpField
from nurie.runtime.description import Description
from nurie.runtime.engine import Floats
from nurie.runtime.store import FULL, StoredModel

__all__ = ["TorchEngine", "build_networks", "load_weights", "open_engine"]

_PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def open_engine(
    stored: StoredModel, description: Description, device: Device | None, choice: Choice | None = None
) -> TorchEngine:
    """No device is CUDA, else Apple's GPU, else the CPU."""
    if device is None:
        other: Literal["mps", "cpu"] = "mps" if torch.backends.mps.is_available() else "cpu"
        device = Device("cuda" if torch.cuda.is_available() else other)
    choice = choice or Choice.plain("torch")
    precision = FULL if choice.variant == FULL else stored.variant(choice.variant).precision
    return TorchEngine(description, stored.weights, device, choice, precision)


def build_networks(description: Description) -> nn.ModuleDict:
    """The three networks a description asks for, untrained, under the names that weights files use.

    ModelError when the description asks for something that cannot be built.
    """
    settings = {key: value for key, value in description.matcher.items() if key != "kind"}
    try:
        matcher: nn.Module
        matcher = PSCInference() if description.matcher["kind"] == "psc" else Matcher(MatcherConfig(**settings))
        reference = ReferenceUNet(description.preset.reference)
        denoiser = DenoisingUNet(description.preset.denoiser)
    except (TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        raise ModelError(
            f"The model describes networks that cannot be built ({error}).", "Install or download the model again."
        ) from error
    return nn.ModuleDict({"matcher": matcher, "reference": reference, "denoiser": denoiser})


def load_weights(networks: nn.Module, weights: Path) -> None:
    """Fill the networks with the file's tensors, as float32. ModelError unless names and shapes are exactly theirs."""
    try:
        with safe_open(weights, "pt") as file:
            state = {name: file.get_tensor(name).to(torch.float32) for name in file.keys()}  # noqa: SIM118 - no mapping
        # How many batches a norm has seen is of no use after training, and not stored.
        names = [name for name in networks.state_dict() if name.endswith("num_batches_tracked")]
        counts = {name: torch.zeros((), dtype=torch.int64) for name in names}
        networks.load_state_dict({**counts, **state}, assign=True)
    except (SafetensorError, OSError, RuntimeError) as error:
        text = " ".join(str(error).split())[:300]
        raise ModelError(f"The model file {weights} is damaged ({text}).", "Install or download it again.") from error


class TorchEngine(CanvasEngine):
    """The networks themselves, in evaluation mode."""

    name = "torch"

    batches = True

    def __init__(
        self,
        description: Description,
        weights: Path,
        device: Device,
        choice: Choice | None = None,
        precision: str = FULL,
    ) -> None:
        """``precision`` is float32 or bfloat16.

        Raises DeviceError where the device is not there, ModelError for weights that do not fit, UsageError for
        another precision.
        """
        if precision not in _PRECISIONS:
            raise UsageError(f"PyTorch does not run {precision}.", f"It runs {' and '.join(_PRECISIONS)}.")
        choice = choice or Choice.plain("torch")
        super().__init__(description, str(device), policy("torch", device).provider, choice)
        _check_device(device)
        self._dtype = _PRECISIONS[precision]
        if device.kind == "cpu":
            torch.set_num_threads(choice.threads)
        self._torch_device = torch.device(str(device))
        with torch.device("meta"):
            networks = build_networks(description)
        load_weights(networks, weights)
        with self._guarded():
            self._networks = networks.eval().requires_grad_(False).to(self._torch_device)
            # The denoiser's convolutions are a fifth faster on a CPU so; the matcher's gain nothing.
            if device.kind == "cpu":
                self._networks["denoiser"].to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def network_encode(self, image: Floats) -> Floats:
        with self._guarded():
            return self._floats(tokens(self._networks["reference"](self._tensor(image))))

    def network_match(self, sketch: Floats, reference: Floats) -> CellScores | WarpField:
        matcher = self._networks["matcher"]
        with self._guarded():
            if isinstance(matcher, PSCInference):
                field = matcher(self._tensor(reference), self._tensor(sketch))
                return WarpField(self._floats(field.flow)[0], self._floats(field.confidence)[0, 0])
            return CellScores(self._floats(matcher(self._tensor(sketch), self._tensor(reference)))[0])

    def network_denoise(self, x_t: Floats, t: Floats, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        with self._guarded():
            return self._floats(self._networks["denoiser"](*map(self._tensor, (x_t, t, sketch, evidence, tokens))))

    def _tensor(self, array: Floats) -> Tensor:
        return torch.from_numpy(array).to(self._torch_device)

    def _floats(self, tensor: Tensor) -> Floats:
        result: Floats = tensor.float().cpu().numpy()
        return result

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Inference that gives the same bytes every time; failures as typed errors."""
        exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
        try:
            with torch.inference_mode(), exact, self._cast():
                yield
        except torch.OutOfMemoryError as error:
            raise MemoryLimitError(
                f"There is not enough memory on {self.device}.", "Close other programs, or choose --device cpu."
            ) from error
        except RuntimeError as error:
            text = " ".join(str(error).split())[:300]
            raise DeviceError(f"PyTorch failed on {self.device} ({text}).", "Choose another device.") from error

    def _cast(self) -> AbstractContextManager[object]:
        if self._dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self._torch_device.type, self._dtype)


def _check_device(device: Device) -> None:
    if device.kind == "cuda" and device.index >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise DeviceError(
            f"PyTorch finds no {device} (it finds {count} CUDA device{'' if count == 1 else 's'}).",
            "Check the driver, or choose --device cpu.",
        )
    if device.kind == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("PyTorch finds no Apple GPU.", "Choose --device cpu.")
