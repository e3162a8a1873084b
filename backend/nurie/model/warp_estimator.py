"""PSC's warp estimator (Lu et al. 2023, section 4.2): three residual stages from correlation volumes to a warp field.

Sampling coordinates are (x, y) in [-1, 1], -1 and 1 the centres of the outermost cells (`align_corners=True`), and
absolute: the identity warp is the grid itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["WarpEstimator", "identity_flow", "warp"]

GRID = 16
SCALES = (4, 8, 16)
NARROWINGS = 5


def identity_flow(height: int, width: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """The sampling coordinates (1, 2, height, width) that leave a picture as it is."""
    y = torch.linspace(-1.0, 1.0, height, device=device, dtype=dtype)
    x = torch.linspace(-1.0, 1.0, width, device=device, dtype=dtype)
    return torch.stack((x[None, :].expand(height, width), y[:, None].expand(height, width)))[None]


def warp(picture: Tensor, flow: Tensor, padding: str = "zeros") -> Tensor:
    """Sample picture (B, C, H, W) at flow (B, 2, h, w), bilinearly, to (B, C, h, w).

    Outside the picture: `padding` "zeros", "border" or "reflection".
    """
    return F.grid_sample(picture, flow.permute(0, 2, 3, 1), mode="bilinear", padding_mode=padding, align_corners=True)


def correlation(target: Tensor, source: Tensor) -> Tensor:
    """Dot products of every target with every source cell: (B, GRID**2 of the target, GRID, GRID of the source)."""
    target = F.interpolate(target, (GRID, GRID), mode="bilinear", align_corners=False)
    source = F.interpolate(source, (GRID, GRID), mode="bilinear", align_corners=False)
    return (target.flatten(2).transpose(1, 2) @ source.flatten(2)).reshape(-1, GRID**2, GRID, GRID)


class WarpHead(nn.Sequential):
    """Correlation volumes (B, C, 16, 16) to a displacement (B, 2, 16, 16) that was thought out at `scale` x `scale`."""

    def __init__(self, channels: int, scale: int) -> None:
        stride = GRID // scale
        layers: list[nn.Module] = [
            nn.Conv2d(channels, channels, stride, stride),
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(0.1),
        ]
        for _ in range(NARROWINGS):
            layers += [
                nn.Conv2d(channels, channels // 2, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels // 2),
                nn.LeakyReLU(0.1),
            ]
            channels //= 2
        layers += [
            nn.Conv2d(channels, 2, 3, padding=1),
            nn.Upsample(size=(GRID, GRID), mode="bilinear", align_corners=True),
        ]
        super().__init__(*layers)


class WarpEstimator(nn.Module):
    """Feature maps of two pictures, finer and coarser stage, to the warp of the first onto the second."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(WarpHead(2 * GRID**2, scale) for scale in SCALES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                # As published: every stage starts as a small correction.
                nn.init.normal_(module.weight, std=1e-3)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, source: list[Tensor], target: list[Tensor]) -> Tensor:
        """Flow (B, 2, 16, 16): where in the source each cell of the target looks.

        Every stage sees the source as the stages before it have warped it, and adds what is still missing.
        """
        flow = identity_flow(GRID, GRID, source[0].device, source[0].dtype)
        for index, head in enumerate(self.heads):
            seen = [warp(features, flow) for features in source] if index else source
            volumes = [correlation(there, here) for there, here in zip(target, seen, strict=True)]
            flow = flow + head(torch.cat(volumes, dim=1))
        return flow
