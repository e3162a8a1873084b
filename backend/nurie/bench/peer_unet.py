"""The peer: a U-Net of the size and layout of AnimeDiffusion's, in plain eager PyTorch, with random weights.

Cao et al., "AnimeDiffusion: Anime Diffusion Colorization" (2023, arXiv:2303.11137), and the layer list they published:
7 channels in (x_t, line art, distorted reference), widths 64 to 512, two residual blocks a level and a third on the
skip of each pooling, attention of 4 heads between two blocks at the bottom; 52,301,251 parameters, 273 GFLOP at 256 px.
Nothing of :mod:`nurie.model` is used, so that whatever makes that faster leaves the peer as it is.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["PARAMETERS", "PeerUNet", "sample"]

PARAMETERS = 52_301_251
IMAGE, CONDITIONS = 3, 4
WIDTHS = (64, 128, 256, 512)
HEADS = 4
TRAIN_STEPS = 1000


class Block(nn.Module):
    """Norm, SiLU, 3x3, + time, norm, SiLU, 3x3, + skip."""

    def __init__(self, cin: int, cout: int, time: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(32, cin), nn.GroupNorm(32, cout)
        self.conv1, self.conv2 = nn.Conv2d(cin, cout, 3, padding=1), nn.Conv2d(cout, cout, 3, padding=1)
        self.time = nn.Linear(time, cout)
        self.skip = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(time))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        result: Tensor = self.skip(x) + h
        return result


class Attention(nn.Module):
    """Self-attention over all places, without a projection behind it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.qkv = nn.GroupNorm(32, width), nn.Conv1d(width, 3 * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        batch, width, *_ = x.shape
        parts = self.qkv(self.norm(x.flatten(2))).view(batch, 3, HEADS, width // HEADS, -1).transpose(3, 4)
        attended = F.scaled_dot_product_attention(parts[:, 0], parts[:, 1], parts[:, 2])
        return x + attended.transpose(2, 3).reshape(x.shape)


class PeerUNet(nn.Module):
    """x_t (B, 3, H, W), conditions (B, 4, H, W) and timesteps (B,) to the noise (B, 3, H, W); sides multiples of 8."""

    def __init__(self) -> None:
        super().__init__()
        base, time = WIDTHS[0], 4 * WIDTHS[0]
        self.time = nn.Sequential(nn.Linear(base, time), nn.SiLU(), nn.Linear(time, time))
        self.input = nn.Conv2d(IMAGE + CONDITIONS, base, 1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        width, skips = base, [base]
        for level, wanted in enumerate(WIDTHS):
            if level:
                skips.append(width)  # the pooling's
            blocks = nn.ModuleList([Block(width, wanted, time), Block(wanted, wanted, time)])
            self.down.append(blocks)
            width, skips = wanted, [*skips, wanted, wanted]
        self.bottom = nn.ModuleList([Block(width, width, time), Attention(width), Block(width, width, time)])
        for level, wanted in reversed(list(enumerate(WIDTHS))):
            blocks = nn.ModuleList()
            for _ in range(3 if level else 2):
                blocks.append(Block(width + skips.pop(), wanted, time))
                width = wanted
            self.up.append(blocks)
        self.output = nn.Sequential(nn.GroupNorm(32, base), nn.SiLU(), nn.Conv2d(width, IMAGE, 1))

    def forward(self, x: Tensor, conditions: Tensor, t: Tensor) -> Tensor:
        half = WIDTHS[0] // 2
        rates = torch.exp(torch.arange(half, device=x.device) * (-math.log(10_000) / half))
        angles = t[:, None].float() * rates
        time = self.time(torch.cat([angles.cos(), angles.sin()], dim=1).to(x.dtype))
        x = self.input(torch.cat([x, conditions], dim=1))
        skips = [x]
        for level, blocks in enumerate(self.down):
            if level:
                x = F.avg_pool2d(x, 2)
                skips.append(x)
            for block in blocks:  # type: ignore[attr-defined]
                x = block(x, time)
                skips.append(x)
        first, attention, second = self.bottom
        x = second(attention(first(x, time)), time)
        for level, blocks in enumerate(self.up):
            for block in blocks:  # type: ignore[attr-defined]
                x = block(torch.cat([x, skips.pop()], dim=1), time)
            if level < len(self.up) - 1:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
        result: Tensor = self.output(x)
        return result


@torch.inference_mode()
def sample(network: PeerUNet, conditions: Tensor, steps: int) -> Tensor:
    """The picture (B, 3, H, W) in [-1, 1] after ``steps`` of deterministic DDIM (Song et al. 2021), linear betas."""
    alphas = torch.cumprod(1 - torch.linspace(1e-4, 2e-2, TRAIN_STEPS), 0).tolist()
    shape = (len(conditions), IMAGE, *conditions.shape[2:])
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(conditions)
    for number in range(steps, 0, -1):
        now, then = (TRAIN_STEPS * n // steps - 1 for n in (number, number - 1))
        a, b = alphas[now], alphas[then] if then >= 0 else 1.0
        noise = network(x, conditions, torch.full((len(x),), now, device=x.device))
        x0 = ((x - math.sqrt(1 - a) * noise) / math.sqrt(a)).clamp(-1, 1)
        x = math.sqrt(b) * x0 + math.sqrt(1 - b) * noise
    return x
