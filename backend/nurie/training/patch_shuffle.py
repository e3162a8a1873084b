"""Progressive patch shuffle of reference images (MangaNinja, Liu et al. 2025, section 3.3; here with a real schedule).

A shuffled reference keeps its colours and loses its layout, so cross-attention has to look for parts instead of
copying positions. Coarse patches first, since whole parts are easier to find than fragments.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

__all__ = ["patches_a_side", "shuffle_patches"]


def patches_a_side(progress: float, first: int = 2, last: int = 32) -> int:
    """Patches along each side at `progress` in [0, 1] of training: first, 2 * first, ... last, for equal shares of it.

    `first` and `last` are powers of two. Raises ValueError for progress outside [0, 1] and for a falling schedule.
    """
    if not 0.0 <= progress <= 1.0:
        raise ValueError(f"progress {progress} is outside [0, 1]")
    if first < 1 or last < first or first & (first - 1) or last & (last - 1):
        raise ValueError(f"{first} to {last} is no rising schedule of powers of two")
    doublings = last.bit_length() - first.bit_length()
    return first << min(int(progress * (doublings + 1)), doublings)


def shuffle_patches(images: Tensor, side: int, rng: np.random.Generator) -> Tensor:
    """Cut each of images (B, C, H, W) into side x side patches and permute them, one permutation per image.

    H and W are multiples of `side`; ValueError otherwise. The permutations come from numpy, so that a run can be
    resumed exactly from the state of one generator.
    """
    batch, channels, height, width = images.shape
    if side < 1 or height % side or width % side:
        raise ValueError(f"{width} x {height} cannot be cut into {side} x {side} equal patches")
    rows, columns = height // side, width // side
    patches = images.reshape(batch, channels, side, rows, side, columns).permute(0, 2, 4, 1, 3, 5)
    patches = patches.reshape(batch, side * side, channels, rows, columns)
    order = torch.from_numpy(np.stack([rng.permutation(side * side) for _ in range(batch)])).to(images.device)
    shuffled = patches[torch.arange(batch, device=images.device)[:, None], order]
    shuffled = shuffled.reshape(batch, side, side, channels, rows, columns).permute(0, 3, 1, 4, 2, 5)
    return shuffled.reshape(batch, channels, height, width)
