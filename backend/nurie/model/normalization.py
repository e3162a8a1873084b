"""GroupNorm and SiLU, apart and fused."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["GroupNormSiLU", "group_norm"]


def groups_for(channels: int) -> int:
    """The paper's 32 groups, or the most below that which divide the channels."""
    return math.gcd(32, channels)


def group_norm(channels: int) -> nn.GroupNorm:
    """GroupNorm with `groups_for(channels)` groups."""
    return nn.GroupNorm(groups_for(channels), channels)


class GroupNormSiLU(nn.GroupNorm):
    """SiLU(GroupNorm(x)); parameters and names are those of `nn.GroupNorm`."""

    def __init__(self, channels: int) -> None:
        super().__init__(groups_for(channels), channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(super().forward(x))
