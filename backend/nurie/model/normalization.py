"""GroupNorm and SiLU, apart and fused."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["GroupNormSiLU", "group_norm"]


PAPER_GROUPS = 32


def groups_for(channels: int, groups: int = PAPER_GROUPS) -> int:
    """As many groups as wanted, or as many of them as divide the channels."""
    return math.gcd(groups, channels)


def group_norm(channels: int, groups: int = PAPER_GROUPS) -> nn.GroupNorm:
    """GroupNorm with `groups_for(channels, groups)` groups."""
    return nn.GroupNorm(groups_for(channels, groups), channels)


class GroupNormSiLU(nn.GroupNorm):
    """SiLU(GroupNorm(x)); parameters and names are those of `nn.GroupNorm`."""

    def __init__(self, channels: int, groups: int = PAPER_GROUPS) -> None:
        super().__init__(groups_for(channels, groups), channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(super().forward(x))
