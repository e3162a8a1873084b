"""A learned perceptual distance, and deep features of patches for the distances between sets of pictures.

ST-LPIPS: Ghildyal and Liu, "Shift-tolerant perceptual similarity metric" (2022), which is LPIPS (Zhang et al., "The
unreasonable effectiveness of deep features as a perceptual metric", 2018) with blurred subsampling. The weights are
those of the package stlpips-pytorch 0.0.2 (BSD-2-Clause, extra ``eval``), read as data: the package's code is never
imported, as it needs torchvision and more, and holds files that are not for commercial use.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nurie.protocol import ModelError

__all__ = ["NETWORKS", "SIDE", "Perceptual", "Seen", "weights_file"]

SIDE = 256
"""Longest side in pixels to which pictures are reduced before they are looked at; published test sets have it too."""
PATCH = 64
"""Side in pixels of a patch, after that reduction; patches lie half a side apart."""
_LEAST = 64
"""Shorter sides are filled up with white to this many pixels, so that the deepest stage has some."""
_PACKAGE = "stlpips_pytorch"
_SHA256 = {
    "alex": "b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee",
    "vgg": "44597da68f49c1837c100ff52299050f274d102eb102e5837178c79be6f0e250",
}
_STAGES = {
    "alex": ("conv blur relu", "max3 blur conv relu", "max3 blur conv relu", "conv relu", "conv relu"),
    "vgg": ("conv relu conv relu", "max2 blur conv relu conv relu", *("max2 blur conv relu conv relu conv relu",) * 3),
}
NETWORKS = {"alex": "AlexNet", "vgg": "VGG16"}


class Seen:
    """A picture as a network sees it: the activations (1, C, h, w) of each stage, of unit length over the channels."""

    def __init__(self, stages: list[Tensor], size: tuple[int, int]) -> None:
        self.stages, self._size = stages, size
        deepest = stages[-1]
        # Positions of the deepest stage in a patch; a small picture is one patch.
        stride = max(size) / max(deepest.shape[2:])
        self._window = tuple(min(round(PATCH / stride), side) for side in deepest.shape[2:])

    @property
    def patches(self) -> NDArray[np.float64]:
        """The deepest stage averaged over each patch, (N, C), scaled so that x.y / C is the patches' mean cosine."""
        means = self._by_patch(self.stages[-1])
        return np.asarray(means * np.sqrt(means.shape[1]))

    def shares(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The share of a mask (H, W), of any size, in each patch: (N,) in [0, 1]."""
        return np.asarray(self._by_patch(self.weights(mask, self.stages[-1]))[:, 0])

    def weights(self, mask: NDArray[np.bool_], stage: Tensor) -> Tensor:
        """The share of a mask (H, W) in each position of a stage, (1, 1, h, w)."""
        reduced = _reduced(mask.astype(np.float32), self._size, fill=0.0)
        return F.adaptive_avg_pool2d(torch.from_numpy(reduced)[None, None], (stage.shape[2], stage.shape[3]))

    def _by_patch(self, stage: Tensor) -> NDArray[np.float64]:
        pooled = F.avg_pool2d(stage, self._window, [max(1, side // 2) for side in self._window])
        return np.asarray(pooled.flatten(2)[0].T.double().numpy())


class Perceptual:
    """The distance and the features of one network, "alex" or "vgg"; both on the CPU in float32.

    ModelError when the weights are not installed or are not those that the figures are defined by.
    """

    def __init__(self, network: str = "alex") -> None:
        self.name = f"ST-LPIPS ({NETWORKS[network]})"
        self.features = f"{self.name}, stage 5, patches of {PATCH} px in pictures of {SIDE} px"
        self._network, self._state = network, _read_weights(network)
        self._heads = [self._state[f"lin{stage}.model.1.weight"] for stage in range(len(_STAGES[network]))]

    @torch.inference_mode()
    def look(self, picture: NDArray[np.float64]) -> Seen:
        """What the network makes of a picture (H, W, 3) in [0, 1]."""
        height, width = picture.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
        reduced = _reduced(picture.astype(np.float32), size, fill=1.0)
        signal = torch.from_numpy(np.ascontiguousarray(reduced.transpose(2, 0, 1)))[None] * 2 - 1
        scaled = (signal - self._state["scaling_layer.shift"]) / self._state["scaling_layer.scale"]
        stages = _stages(scaled, self._network, self._state)
        return Seen([stage / (stage.square().sum(dim=1, keepdim=True).sqrt() + 1e-10) for stage in stages], size)

    @torch.inference_mode()
    def distance(self, one: Seen, two: Seen, mask: NDArray[np.bool_]) -> float:
        """How far apart two pictures of one size look over a mask (H, W): 0 for equal ones, about 1 for unrelated ones.

        Each stage's map of distances is averaged with the mask's share in each position as its weight; with a mask of
        all pixels of a picture that needs no filling up, this is the published distance.
        """
        total = 0.0
        for a, b, head in zip(one.stages, two.stages, self._heads, strict=True):
            weights = one.weights(mask, a)
            apart = F.conv2d((a - b).square(), head)
            total += float((apart * weights).sum() / weights.sum().clamp_min(1e-12))
        return total


def weights_file(network: str) -> Path | None:
    """Where the weights of "alex" or "vgg" lie; None when the extra ``eval`` is not installed."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(next(iter(found.submodule_search_locations))) / "weights" / "vST0.0" / f"{network}_shift_tolerant.pth"
    return path if path.is_file() else None


def _stages(x: Tensor, network: str, state: dict[str, Tensor]) -> Iterator[Tensor]:
    """The activations after each stage; layers are numbered through, as in the file."""
    number = 0
    for stage, layers in enumerate(_STAGES[network], start=1):
        for layer in layers.split():
            name = f"net.slice{stage}.{number}"
            if layer == "conv":
                weight = state[f"{name}.weight"]
                x = F.conv2d(x, weight, state[f"{name}.bias"], padding=min(2, weight.shape[-1] // 2))
            elif layer == "blur":  # a binomial filter: Zhang, "Making convolutional networks shift-invariant again"
                kernel = state[f"{name}.filt"]
                x = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, stride=2, groups=x.shape[1])
            elif layer == "relu":
                x = F.relu(x)
            else:
                x = F.max_pool2d(x, int(layer.removeprefix("max")), stride=1)
            number += 1
        yield x


def _read_weights(network: str) -> dict[str, Tensor]:
    path = weights_file(network)
    if path is None:
        raise ModelError(
            "The weights of the perceptual distance are not installed.", "Install nurie with extra 'eval'."
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256[network]:
        raise ModelError(f"The file {path} is damaged or another version.", "Install stlpips-pytorch 0.0.2 again.")
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _reduced(picture: NDArray[np.float32], size: tuple[int, int], fill: float) -> NDArray[np.float32]:
    """A picture (H, W[, 3]) as means over areas at ``size``, filled up at the right and below to a usable size."""
    if picture.shape[:2] != size:
        picture = np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA), dtype=np.float32)
    missing = [(0, max(0, _LEAST - side)) for side in size] + [(0, 0)] * (picture.ndim - 2)
    return np.pad(picture, missing, constant_values=fill)
