"""A perceptual loss: what MS-SSIM misses of 1, scale by scale, so that edges and folds count beside colours.

The squared error asks for the mean of all pictures that may be meant, which is smooth. Contrast and structure in
windows of 11 px, on up to five scales (Wang, Simoncelli and Bovik 2003), ask for the truth's edges; as a loss: Zhao,
Gallo, Frosio and Kautz, "Loss Functions for Image Restoration with Neural Networks" (2017). The scales are added, not
multiplied: a product has no gradient where one scale is at 0, as all are early in training.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from nurie.training.metrics.ms_ssim import WEIGHTS, WINDOW

__all__ = ["structural_loss"]

_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2


def structural_loss(estimate: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """0 for equal pictures, 1 for unrelated ones, 2 for opposite ones; per sample (B,).

    estimate, truth (B, C, H, W) in [-1, 1]; weights (B, 1, H, W) say how much each place counts. ValueError below
    11 px a side; below 176 there are fewer scales.
    """
    with torch.autocast(estimate.device.type, enabled=False):  # a variance is a small difference of large numbers
        x, y, share = (estimate.float() + 1) / 2, (truth.float() + 1) / 2, weights.float()
        side = min(x.shape[-2:])
        count = sum(side >> scale >= WINDOW for scale in range(len(WEIGHTS)))
        if count == 0:
            raise ValueError(f"pictures of {side} px have no structure: {WINDOW} are needed")
        total = x.new_zeros(len(x))
        edge = WINDOW // 2
        for scale in range(count):
            found = _similarity(x, y, luminance=scale == count - 1)
            inside = share[..., edge:-edge, edge:-edge]
            missed = ((1 - found).mean(dim=1, keepdim=True) * inside).sum(dim=(1, 2, 3))
            total = total + WEIGHTS[scale] * missed / inside.sum(dim=(1, 2, 3)).clamp(min=1e-6)
            x, y, share = (F.avg_pool2d(picture, 2) for picture in (x, y, share))
        return total / sum(WEIGHTS[:count])


def _similarity(x: Tensor, y: Tensor, *, luminance: bool) -> Tensor:
    """Contrast times structure by position (B, C, H - 10, W - 10), times luminance where asked."""
    mx, my = _blur(x), _blur(y)
    variances = _blur(x * x) - mx * mx + _blur(y * y) - my * my
    found = (2 * (_blur(x * y) - mx * my) + _C2) / (variances + _C2)
    return found * (2 * mx * my + _C1) / (mx * mx + my * my + _C1) if luminance else found


def _blur(picture: Tensor) -> Tensor:
    """Gaussian means over the windows that lie wholly in the picture."""
    channels = picture.shape[1]
    places = torch.arange(WINDOW, dtype=picture.dtype, device=picture.device) - WINDOW // 2
    kernel = torch.exp(-(places**2) / (2 * _SIGMA**2))
    kernel = (kernel / kernel.sum()).expand(channels, 1, 1, WINDOW)
    rows = F.conv2d(picture, kernel, groups=channels)
    return F.conv2d(rows, kernel.transpose(2, 3), groups=channels)
