"""The denoising U-Net (the paper's section 3.2, Table II), for every preset."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nurie.model.attention import CrossAttentionBlock
from nurie.model.blocks import ResBlock, TimeEmbedding
from nurie.model.normalization import GroupNormSiLU
from nurie.model.presets import DenoiserConfig

__all__ = ["DenoisingUNet"]


def timed_block(config: DenoiserConfig, cin: int, cout: int, *, cbam: bool = False) -> ResBlock:
    """A residual block that takes the time."""
    return ResBlock(cin, cout, time_dim=config.time_dim, cbam=cbam, dropout=config.dropout, groups=config.groups)


class EncoderLevel(nn.Module):
    """Residual blocks of one level on the way down, then cross-attention where the level has it."""

    def __init__(self, config: DenoiserConfig, level: int, source_dim: int) -> None:
        super().__init__()
        width = config.widths[level]
        entries = [config.widths[max(level - 1, 0)]] + [width] * (config.encoder_blocks[level] - 1)
        self.blocks = nn.ModuleList(timed_block(config, cin, width) for cin in entries)
        self.cross = (
            CrossAttentionBlock(width, source_dim, config.heads, config.mlp_ratio, positions=config.positions)
            if level in config.attention_levels
            else None
        )

    def forward(self, x: Tensor, time: Tensor, source: Tensor) -> list[Tensor]:
        """The output of every block, the last one after cross-attention."""
        outputs = []
        for block in self.blocks:
            x = block(x, time)
            outputs.append(x)
        if self.cross is not None:
            outputs[-1] = self.cross(x, source)
        return outputs


class DecoderLevel(nn.Module):
    """One level on the way up: CBAM blocks that take one skip each, then the step to the finer grid."""

    def __init__(self, config: DenoiserConfig, level: int) -> None:
        super().__init__()
        width, deepest = config.widths[level], level == len(config.widths) - 1
        entering = width if deepest or config.project_up else config.widths[level + 1]
        blocks = []
        for _ in range(config.decoder_blocks[level]):
            blocks.append(timed_block(config, entering + width, width, cbam=True))
            entering = width
        self.blocks = nn.ModuleList(blocks)
        finer = config.widths[level - 1] if level else 0
        self.pool_block = timed_block(config, width + finer, width) if level and config.pool_skips else None
        # Before the upsampling, where it costs a quarter of what it would cost after.
        self.project = nn.Conv2d(width, finer, 1) if level and config.project_up else None
        self.upsample = level > 0

    def forward(self, x: Tensor, time: Tensor, skips: list[Tensor]) -> Tensor:
        """Takes its skips from the end of the list."""
        for block in self.blocks:
            x = block(torch.cat((x, skips.pop()), dim=1), time)
        if self.pool_block is not None:
            x = self.pool_block(torch.cat((x, skips.pop()), dim=1), time)
        if self.project is not None:
            x = self.project(x)
        return F.interpolate(x, scale_factor=2.0, mode="nearest") if self.upsample else x


class Bottleneck(nn.Module):
    """Residual block, cross-attention to the reference, residual block, on the coarsest grid."""

    def __init__(self, config: DenoiserConfig, source_dim: int) -> None:
        super().__init__()
        width = config.widths[-1]
        self.block0 = timed_block(config, width, width)
        self.cross = CrossAttentionBlock(width, source_dim, config.heads, config.mlp_ratio, positions=config.positions)
        self.block2 = timed_block(config, width, width)

    def forward(self, x: Tensor, time: Tensor, source: Tensor) -> Tensor:
        result: Tensor = self.block2(self.cross(self.block0(x, time), source), time)
        return result


class Head(nn.Module):
    """Norm, SiLU, convolution to the output; with `head_skip` the raw inputs, scaled by time, enter it too.

    The scale is what a v- or noise prediction needs: its share of x_t depends on t alone, and a narrow U-Net should
    not have to carry every pixel of x_t through its levels for that.
    """

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        width, cells = config.widths[0], config.patch**2
        self.norm = GroupNormSiLU(width, config.groups)
        self.conv = nn.Conv2d(width, config.image_channels * cells, config.head_kernel, padding=config.head_kernel // 2)
        raw = config.in_channels * cells
        self.raw_scale = nn.Linear(config.time_dim, raw) if config.head_skip else None
        self.raw_conv = nn.Conv2d(raw, config.image_channels * cells, 1, bias=False) if config.head_skip else None
        if config.zero_head:
            for layer in (self.conv, self.raw_conv):
                if layer is not None:
                    nn.init.zeros_(layer.weight)
            if self.conv.bias is not None:
                nn.init.zeros_(self.conv.bias)

    def forward(self, h: Tensor, raw: Tensor, time: Tensor) -> Tensor:
        output: Tensor = self.conv(self.norm(h))
        if self.raw_scale is not None and self.raw_conv is not None:
            scale = 1.0 + self.raw_scale(F.silu(time))
            # The few weights are scaled, not the many pixels.
            scaled = self.raw_conv.weight.flatten(1) * scale[:, None]
            output = output + (scaled @ raw.flatten(2)).unflatten(2, raw.shape[2:])
        return output


class DenoisingUNet(nn.Module):
    """The model output (noise, v or x0) for a noisy image, its timestep, a sketch, evidence and reference tokens."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        levels = len(config.widths)
        source_dim = config.token_dim if config.token_projection is None else config.token_projection
        self.input = nn.Conv2d(config.in_channels * config.patch**2, config.widths[0], 1)
        self.time = TimeEmbedding(config.frequencies, config.time_dim)
        self.encoder = nn.ModuleList(EncoderLevel(config, level, source_dim) for level in range(levels))
        self.ref_proj = None if config.token_projection is None else nn.Linear(config.token_dim, source_dim)
        self.bottleneck = Bottleneck(config, source_dim)
        self.decoder = nn.ModuleList(DecoderLevel(config, level) for level in reversed(range(levels)))
        self.head = Head(config)

    def forward(self, x_t: Tensor, t: Tensor, sketch: Tensor, evidence: Tensor, reference_tokens: Tensor) -> Tensor:
        """Predict (B, image_channels, H, W).

        x_t (B, image_channels, H, W); t (B,) timesteps; sketch (B, sketch_channels, H, W), paper +1 and ink -1;
        evidence (B, evidence_channels, H, W), zeros where there is none; reference_tokens (B, N, token_dim), any N of
        at least 1, those of several references one after another. H and W are multiples of `config.stride`.
        """
        stride = self.config.stride
        if x_t.shape[-2] % stride or x_t.shape[-1] % stride:
            raise ValueError(f"{x_t.shape[-1]} x {x_t.shape[-2]} is not a multiple of {stride} on both sides")
        raw = torch.cat((x_t, sketch, evidence), dim=1)
        if self.config.patch > 1:
            raw = F.pixel_unshuffle(raw, self.config.patch)
        time = self.time(t)
        source = reference_tokens if self.ref_proj is None else self.ref_proj(reference_tokens)

        h = self.input(raw)
        skips = [h]
        for level, stage in enumerate(self.encoder):
            if level:
                h = F.avg_pool2d(h, 2)
                if self.config.pool_skips:
                    skips.append(h)
            outputs = stage(h, time, source)
            h = outputs[-1]
            # What the decoder does not take is not kept: a level may go up with fewer blocks than it went down.
            skips.extend(outputs[len(outputs) - min(len(outputs), self.config.decoder_blocks[level]) :])
        h = self.bottleneck(h, time, source)
        for stage in self.decoder:
            h = stage(h, time, skips)
        output = self.head(h, raw, time)
        return F.pixel_shuffle(output, self.config.patch) if self.config.patch > 1 else output
