"""The slim correspondence network: dense matching of a sketch against a coloured reference.

It takes PSC's place in the `compact` preset (photo-sketch correspondence, Lu et al. 2023, arXiv:2307.12967). PSC
regresses one smooth 16x16 warp; articulated poses, several views and mirrored references are not one smooth warp, so
this network scores every pair of 8x8-pixel cells instead (as LoFTR does, Sun et al. 2021) and adds a "no partner"
column (SuperGlue's dustbin, Sarlin et al. 2020), trained as a probability: what it gives up there is what the
confidence lacks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CELL = 8  # pixels a side of one matched cell


@dataclass(frozen=True)
class MatcherConfig:
    """Channel counts of the matcher; ``layers`` counts (self, cross) attention pairs."""

    stem: int = 48
    width: int = 96
    dim: int = 160
    layers: int = 2
    heads: int = 4
    descriptor: int = 96


def _conv(cin: int, cout: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(cout), nn.ReLU())


class BasicBlock(nn.Module):
    """He et al. 2015: two 3x3 convolutions with batch norm around an identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = F.relu(x + self.second(self.first(x)))
        return out


class AttentionLayer(nn.Module):
    """Pre-norm attention of ``x`` (B, N, D) over ``source`` (B, M, D), then an MLP of twice the width."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_query, self.norm_source, self.norm_mlp = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.query = nn.Linear(dim, dim)
        self.key_value = nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def _split(self, x: Tensor) -> Tensor:
        batch, length, dim = x.shape
        return x.reshape(batch, length, self.heads, dim // self.heads).transpose(1, 2)

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        key, value = self.key_value(self.norm_source(source)).chunk(2, dim=2)
        query = self.query(self.norm_query(x))
        mixed = F.scaled_dot_product_attention(self._split(query), self._split(key), self._split(value))
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        out: Tensor = x + self.mlp(self.norm_mlp(x))
        return out


def position_encoding(height: int, width: int, dim: int) -> Tensor:
    """Sinusoids of the relative position in the canvas, (height * width, dim): the same at every canvas size."""
    frequencies = math.pi * 2 ** torch.linspace(0, 4, dim // 4)
    y = (torch.arange(height) + 0.5) / height
    x = (torch.arange(width) + 0.5) / width
    along_y = (y[:, None] * frequencies)[:, None].expand(height, width, -1)
    along_x = (x[:, None] * frequencies)[None].expand(height, width, -1)
    return torch.cat([along_y.sin(), along_y.cos(), along_x.sin(), along_x.cos()], dim=2).flatten(0, 1)


class Matcher(nn.Module):
    """``forward(sketch (B,1,S,S), photo (B,3,S,S))``, both in [-1, 1] and S a multiple of 16.

    Returns log-probabilities (B, N, N + 1), N = (S/8)²: of every sketch cell, over the photo's cells in row-major
    order and, last, over "has no partner there".
    """

    def __init__(self, config: MatcherConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or MatcherConfig()
        self.unshuffle = nn.PixelUnshuffle(4)
        self.sketch_stem = nn.Sequential(_conv(16, c.stem), BasicBlock(c.stem), _conv(c.stem, c.width, 3, 2))
        self.photo_stem = nn.Sequential(_conv(48, c.stem), BasicBlock(c.stem), _conv(c.stem, c.width, 3, 2))
        self.middle = nn.Sequential(BasicBlock(c.width), BasicBlock(c.width))
        self.coarse = nn.Sequential(_conv(c.width, c.dim, 3, 2), BasicBlock(c.dim))
        self.self_attention = nn.ModuleList(AttentionLayer(c.dim, c.heads) for _ in range(c.layers))
        self.cross_attention = nn.ModuleList(AttentionLayer(c.dim, c.heads) for _ in range(c.layers))
        self.lateral = nn.Conv2d(c.dim, c.width, 1)
        self.fuse = nn.Sequential(BasicBlock(c.width), nn.Conv2d(c.width, c.descriptor, 1))
        self.temperature = nn.Parameter(torch.tensor(math.log(10.0)))
        self.no_partner = nn.Conv2d(c.descriptor, 1, 1)

    def _tokens(self, features: Tensor) -> Tensor:
        grid: Tensor = self.coarse(features)
        position = position_encoding(grid.shape[2], grid.shape[3], grid.shape[1]).to(grid)
        return grid.flatten(2).transpose(1, 2) + position

    def descriptors(self, sketch: Tensor, photo: Tensor) -> tuple[Tensor, Tensor]:
        """Descriptors (B, D, S/8, S/8) of both pictures, each informed by the other."""
        batch = sketch.shape[0]
        both = torch.cat([self.sketch_stem(self.unshuffle(sketch)), self.photo_stem(self.unshuffle(photo))])
        both = self.middle(both)
        tokens = self._tokens(both)
        for attend_self, attend_cross in zip(self.self_attention, self.cross_attention, strict=True):
            tokens = attend_self(tokens, tokens)
            swapped = torch.cat([tokens[batch:], tokens[:batch]])  # each picture looks at the other
            tokens = attend_cross(tokens, swapped)
        height, width = both.shape[2] // 2, both.shape[3] // 2
        grid = self.lateral(tokens.transpose(1, 2).reshape(2 * batch, -1, height, width))
        both = self.fuse(both + F.interpolate(grid, scale_factor=2, mode="bilinear", align_corners=False))
        return both[:batch], both[batch:]

    def forward(self, sketch: Tensor, photo: Tensor) -> Tensor:
        of_sketch, of_photo = self.descriptors(sketch, photo)
        query = self.temperature.exp() * F.normalize(of_sketch.flatten(2), dim=1)
        query = torch.cat([query, self.no_partner(of_sketch).flatten(2)], dim=1)
        key = F.normalize(of_photo.flatten(2), dim=1)
        # "No partner" is a column of the product: appended to it afterwards, it would copy millions of scores.
        unit = F.pad(torch.zeros_like(key[:, :1]), (0, 1), value=1.0)
        key = torch.cat([F.pad(key, (0, 1)), unit], dim=1)
        # float(): under bfloat16 autocast the logarithms of small probabilities would be steps.
        return (query.transpose(1, 2) @ key).float().log_softmax(dim=2)
