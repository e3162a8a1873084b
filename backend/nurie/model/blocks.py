"""Building blocks of both U-Nets: residual block, CBAM, convolution with norm, time embedding."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nurie.model.normalization import PAPER_GROUPS, GroupNormSiLU, group_norm

__all__ = ["CBAM", "ConvNormReLU", "ResBlock", "TimeEmbedding", "sinusoid"]


def sinusoid(t: Tensor, frequencies: int) -> Tensor:
    """Sinusoidal embedding (B, frequencies) of timesteps t (B,), any real type. Vaswani et al. 2017, section 3.5."""
    half = frequencies // 2
    rates = torch.exp(torch.arange(half, dtype=torch.float32, device=t.device) * (-math.log(10_000.0) / half))
    angles = t.to(torch.float32)[:, None] * rates[None, :]
    return torch.cat((angles.cos(), angles.sin()), dim=-1)


class TimeEmbedding(nn.Module):
    """t (B,) to (B, width): sinusoid, Linear, SiLU, Linear."""

    def __init__(self, frequencies: int, width: int) -> None:
        super().__init__()
        self.frequencies = frequencies
        self.expand = nn.Linear(frequencies, width)
        self.mix = nn.Linear(width, width)

    def forward(self, t: Tensor) -> Tensor:
        embedded: Tensor = self.mix(F.silu(self.expand(sinusoid(t, self.frequencies).to(self.expand.weight.dtype))))
        return embedded


class CBAM(nn.Module):
    """Channel, then spatial attention (Woo et al. 2018); x (B, C, H, W) to the same shape. No biases."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // reduction, bias=False)
        self.excite = nn.Linear(channels // reduction, channels, bias=False)
        self.spatial = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        pooled = torch.stack((x.amax(dim=(2, 3)), x.mean(dim=(2, 3))))
        channel = self.excite(F.relu(self.squeeze(pooled))).sum(dim=0).sigmoid()
        x = x * channel[:, :, None, None]
        summary = torch.cat((x.amax(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)), dim=1)
        attended: Tensor = x * self.spatial(summary).sigmoid()
        return attended


class ResBlock(nn.Module):
    """Residual block of the paper's section 3.4; x (B, cin, H, W) and time (B, time_dim) to (B, cout, H, W).

    Norm, SiLU, 3x3, + Linear(SiLU(time)), [CBAM], norm, SiLU, dropout, 3x3, + skip. `time_dim=None` means that the
    block takes no time.
    """

    def __init__(
        self,
        cin: int,
        cout: int,
        *,
        time_dim: int | None = None,
        cbam: bool = False,
        dropout: float = 0.1,
        groups: int = PAPER_GROUPS,
    ) -> None:
        super().__init__()
        self.norm1 = GroupNormSiLU(cin, groups)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.time = nn.Linear(time_dim, cout) if time_dim is not None else None
        self.attention = CBAM(cout) if cbam else None
        self.norm2 = GroupNormSiLU(cout, groups)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout else None

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        h: Tensor = self.conv1(self.norm1(x))
        if self.time is not None:
            if time is None:
                raise ValueError("this block was built with a time embedding and got none")
            h = h + self.time(F.silu(time))[:, :, None, None]
        if self.attention is not None:
            h = self.attention(h)
        h = self.conv2(self.dropout(self.norm2(h)))
        return h + (x if self.skip is None else self.skip(x))


class ConvNormReLU(nn.Sequential):
    """Convolution, norm, ReLU; a 4x4 kernel halves the grid, odd kernels keep it.

    The norm is the paper's BatchNorm, or GroupNorm where `groups` are given.
    """

    def __init__(self, cin: int, cout: int, kernel: int, *, groups: int | None = None) -> None:
        halve = kernel == 4
        super().__init__(
            nn.Conv2d(cin, cout, kernel, stride=2 if halve else 1, padding=1 if halve else kernel // 2),
            nn.BatchNorm2d(cout) if groups is None else group_norm(cout, groups),
            nn.ReLU(inplace=True),
        )
