"""Self- and cross-attention over flattened grids, all through `scaled_dot_product_attention`."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["CrossAttentionBlock", "MultiHeadAttention", "SelfAttentionBlock", "flatten_grid", "grid_positions"]


def flatten_grid(features: Tensor) -> Tensor:
    """(B, C, H, W) to tokens (B, H*W, C), rows first."""
    return features.flatten(2).transpose(1, 2)


def grid_positions(height: int, width: int, dim: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Fixed 2-D sinusoids (height*width, dim) of cell centres, from one to 2**5 half turns over the longer side.

    Relative to the grid, so that one point of the picture has nearly one code on grids of different fineness; half
    the channels tell y, half x.
    """
    bands = math.ceil(dim / 4)
    rates = math.pi * 2.0 ** torch.linspace(0.0, 5.0, bands, device=device)
    longer = max(height, width)
    y = (torch.arange(height, device=device) + 0.5 + (longer - height) / 2) / longer
    x = (torch.arange(width, device=device) + 0.5 + (longer - width) / 2) / longer
    ay = (y[:, None] * rates)[:, None, :].expand(height, width, bands)
    ax = (x[:, None] * rates)[None, :, :].expand(height, width, bands)
    code = torch.cat((ay.sin(), ax.sin(), ay.cos(), ax.cos()), dim=-1)
    return code.reshape(height * width, 4 * bands)[:, :dim].to(dtype)


class MultiHeadAttention(nn.Module):
    """Attention of queries (B, N, d) to keys = values (B, M, d); as `nn.MultiheadAttention`, biases included."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide a width of {dim}")
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key_value = nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, query: Tensor, source: Tensor) -> Tensor:
        batch, count, dim = query.shape
        q = self.query(query).view(batch, count, self.heads, -1).transpose(1, 2)
        kv = self.key_value(source).view(batch, source.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, kv[0], kv[1])
        result: Tensor = self.out(attended.transpose(1, 2).reshape(batch, count, dim))
        return result


class FeedForward(nn.Sequential):
    """Linear, GELU, Linear with `ratio` times the width inside."""

    def __init__(self, dim: int, ratio: int) -> None:
        super().__init__(nn.Linear(dim, ratio * dim), nn.GELU(), nn.Linear(ratio * dim, dim))


class SelfAttentionBlock(nn.Module):
    """Pre-norm transformer block on tokens (B, N, d): the paper's RefUNetAttentionBlock."""

    def __init__(self, dim: int, heads: int, mlp_ratio: int = 4) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = FeedForward(dim, mlp_ratio)

    def forward(self, tokens: Tensor) -> Tensor:
        normed = self.norm1(tokens)
        tokens = tokens + self.attention(normed, normed)
        result: Tensor = tokens + self.mlp(self.norm2(tokens))
        return result


class CrossAttentionBlock(nn.Module):
    """Features (B, d, H, W) attend to reference tokens (B, N, source_dim), N free: the paper's CrossAttentionBlock.

    Keys and values depend on the tokens alone, and are computed anew in each step all the same: by ONNX Runtime's
    profile of `compact` at 448 px they take 0.3 % of a step for one reference (256 tokens), 1.0 % for four. A graph of
    their own, handing them on as inputs, would not pay.
    """

    def __init__(self, dim: int, source_dim: int, heads: int, mlp_ratio: int = 4, *, positions: bool = False) -> None:
        super().__init__()
        self.positions = positions
        self.norm_query = nn.LayerNorm(dim)
        self.project = nn.Linear(source_dim, dim)
        self.norm_source = nn.LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.norm_mlp = nn.LayerNorm(dim)
        self.mlp = FeedForward(dim, mlp_ratio)

    def forward(self, features: Tensor, source: Tensor) -> Tensor:
        batch, dim, height, width = features.shape
        tokens = flatten_grid(features)
        query = self.norm_query(tokens)
        if self.positions:
            query = query + grid_positions(height, width, dim, features.device, query.dtype)
        tokens = tokens + self.attention(query, self.norm_source(self.project(source)))
        attended: Tensor = tokens + self.mlp(self.norm_mlp(tokens))
        return attended.transpose(1, 2).reshape(batch, dim, height, width)
