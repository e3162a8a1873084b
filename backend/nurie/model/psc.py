"""PSC, the paper's frozen photo-sketch correspondence network (Lu et al., ICML 2023, arXiv:2307.12967).

Its count of 104,145,030 is reached because photo and sketch share one BatchNorm object per layer: the published code
asks for two conditional sets and lists one module twice. So one plain BatchNorm is what the published weights hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nurie.model.resnet import ResNet101
from nurie.model.warp_estimator import WarpEstimator, identity_flow, warp

__all__ = ["PSC", "PSCInference", "WarpField", "convert_published"]

EMBEDDING = 2048
PROJECTION = 128
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
# A cycle that misses by a tenth of the side, PCK@.10's bound, is trusted by 1/e.
CYCLE_TOLERANCE = 0.2


class WarpField(NamedTuple):
    """Where the photo is to be sampled for each pixel of the sketch, and how far that can be trusted."""

    flow: Tensor
    """(B, 2, H, W): absolute (x, y) in [-1, 1], as `warp_estimator.warp` takes them."""
    confidence: Tensor
    """(B, 1, H, W) in [0, 1]."""


def normalise(image: Tensor) -> Tensor:
    """(B, 1 or 3, H, W) in [-1, 1] to (B, 3, H, W) as an ImageNet encoder expects it."""
    mean = torch.tensor(IMAGENET_MEAN, device=image.device, dtype=image.dtype)[:, None, None]
    std = torch.tensor(IMAGENET_STD, device=image.device, dtype=image.dtype)[:, None, None]
    return (image * 0.5 + 0.5 - mean) / std


def cycle_confidence(forward: Tensor, backward: Tensor) -> Tensor:
    """Confidence (B, 1, h, w) of the forward flow (B, 2, h, w): one where going there and back ends at the start.

    0 where the forward flow leaves the picture. The backward flow has the other picture's grid.
    """
    returned = warp(backward, forward, padding="border")
    start = identity_flow(forward.shape[2], forward.shape[3], forward.device, forward.dtype)
    missed = (returned - start).square().sum(dim=1, keepdim=True)
    inside = (forward.abs().amax(dim=1, keepdim=True) <= 1.0).to(forward.dtype)
    return torch.exp(-missed / CYCLE_TOLERANCE**2) * inside


class PSCInference(nn.Module):
    """What inference needs of PSC, 37,762,886 parameters: query encoder up to its third stage, warp estimator."""

    def __init__(self, stages: int = 3) -> None:
        super().__init__()
        self.encoder_q = ResNet101(stages)
        self.stn = WarpEstimator()

    def features(self, image: Tensor) -> list[Tensor]:
        """The two feature maps the estimator correlates, strides 8 and 16; image (B, 1 or 3, H, W) in [-1, 1]."""
        maps: list[Tensor] = self.encoder_q(normalise(image), stages=3)
        return maps[1:3]

    def forward(self, photo: Tensor, sketch: Tensor) -> WarpField:
        """Match photo (B, 3, H, W) to sketch (B, 1 or 3, H, W), both in [-1, 1]; the field has the sketch's size."""
        of_photo, of_sketch = self.features(photo), self.features(sketch)
        flow: Tensor = self.stn(of_photo, of_sketch)
        back: Tensor = self.stn(of_sketch, of_photo)
        size = (sketch.shape[2], sketch.shape[3])
        fine = F.interpolate(flow, size, mode="bilinear", align_corners=True)
        confidence = F.interpolate(cycle_confidence(flow, back), size, mode="bilinear", align_corners=True)
        return WarpField(fine, confidence)


def projection() -> nn.Sequential:
    """MoCo v2's projection head."""
    return nn.Sequential(nn.Linear(EMBEDDING, EMBEDDING), nn.ReLU(), nn.Linear(EMBEDDING, PROJECTION))


class PSC(PSCInference):
    """The whole published network: MoCo's query and key encoder, a projection head each, the warp estimator.

    Matches as `PSCInference` does; the rest is kept so that published weights have somewhere to go.
    """

    def __init__(self) -> None:
        super().__init__(stages=4)
        self.encoder_k = ResNet101()
        self.project_q = projection()
        self.project_k = projection()

    def strip_for_inference(self) -> PSCInference:
        """The part that inference needs, sharing this network's parameters, in the same mode."""
        with torch.device("meta"):
            stripped = PSCInference()
        wanted = stripped.state_dict().keys()
        own = self.state_dict(keep_vars=True)
        stripped.load_state_dict({name: own[name] for name in wanted}, assign=True)
        return stripped.train(self.training)


def convert_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published checkpoint's tensors under this module's names; what we do not have (MoCo's queue) is left out.

    The pair of names under which the publication lists each shared BatchNorm becomes one, as does the pair under which
    it lists each encoder.
    """
    converted = {}
    for published, tensor in state.items():
        name = published.removeprefix("module.")
        name = re.sub(r"^framework\.(encoder_[qk])\.", r"\1.", name)
        name = re.sub(r"^framework\.fc_([qk])\.", r"project_\1.", name)
        name = re.sub(r"\.norms\.[01]\.", ".", name)
        name = re.sub(r"\.layer([1-4])\.", lambda found: f".layers.{int(found[1]) - 1}.", name)
        name = re.sub(r"^stn\.net_(4|8|16)x\.", lambda found: f"stn.heads.{(4, 8, 16).index(int(found[1]))}.", name)
        if not re.match(r"framework\.|pos_map$|stn\.base_map$", name):
            converted[name] = tensor
    return converted
