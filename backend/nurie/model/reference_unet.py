"""The reference U-Net (the paper's section 3.1, Table I): a colour image to tokens for cross-attention."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nurie.model.attention import SelfAttentionBlock, flatten_grid, grid_positions
from nurie.model.blocks import ConvNormReLU, ResBlock
from nurie.model.presets import ReferenceConfig

__all__ = ["ReferenceUNet", "join_references", "tokens"]


def tokens(features: Tensor) -> Tensor:
    """Features (B, C, h, w) as reference tokens (B, h*w, C)."""
    return flatten_grid(features)


def join_references(references: Sequence[Tensor]) -> Tensor:
    """Tokens of several references, each (B, N_i, D), as one set (B, sum of N_i, D). ValueError when there are none."""
    if not references:
        raise ValueError("no reference to join")
    return torch.cat(tuple(references), dim=1)


class ReferenceUNet(nn.Module):
    """image (B, 3, H, W) in [-1, 1] to features (B, token_dim, H/stride, W/stride); sides are multiples of stride."""

    def __init__(self, config: ReferenceConfig) -> None:
        super().__init__()
        self.config = config
        first, middle, last = config.widths
        groups = config.groups if config.norm == "group" else None
        stem = ConvNormReLU(config.image_channels * config.patch**2, first, 3, groups=groups)
        self.enc1 = self._stage(stem, first, config.blocks[0])
        self.down1 = self._stage(ConvNormReLU(first, middle, 4, groups=groups), middle, config.blocks[1])
        self.down2 = self._stage(ConvNormReLU(middle, last, 4, groups=groups), last, config.blocks[2])
        self.skip_conv = nn.Conv2d(middle, last, 1)
        self.attention = nn.ModuleList(
            SelfAttentionBlock(last, config.heads, config.mlp_ratio) for _ in range(config.attention_blocks)
        )
        self.final = ConvNormReLU(last, last, config.final_kernel, groups=groups)

    def _stage(self, entry: nn.Module, width: int, blocks: int) -> nn.Sequential:
        dropout, groups = self.config.dropout, self.config.groups
        return nn.Sequential(entry, *(ResBlock(width, width, dropout=dropout, groups=groups) for _ in range(blocks)))

    def forward(self, image: Tensor) -> Tensor:
        x = F.pixel_unshuffle(image, self.config.patch) if self.config.patch > 1 else image
        middle = self.down1(self.enc1(x))
        deep = self.down2(middle) + F.avg_pool2d(self.skip_conv(middle), 2)
        batch, dim, height, width = deep.shape
        grid = flatten_grid(deep)
        if self.config.positions:
            grid = grid + grid_positions(height, width, dim, grid.device, grid.dtype)
        for block in self.attention:
            grid = block(grid)
        features: Tensor = self.final(grid.transpose(1, 2).reshape(batch, dim, height, width))
        return features
