"""Parameter counts, row by row, beside the paper's (its Tables I and II, and PSC's total)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import nn

from nurie.model.denoising_unet import DenoisingUNet
from nurie.model.matcher import Matcher
from nurie.model.presets import PRESETS, Preset
from nurie.model.psc import PSC
from nurie.model.reference_unet import ReferenceUNet

__all__ = ["Row", "rows", "table"]


class Row(NamedTuple):
    """One component: its name, our parameters, the paper's."""

    component: str
    ours: int
    paper: int


def count(*parts: nn.Module | None) -> int:
    """Parameters of the parts together, shared ones once. Buffers do not count."""
    unique = {id(parameter): parameter.numel() for part in parts if part is not None for parameter in part.parameters()}
    return sum(unique.values())


def reference_rows(network: ReferenceUNet) -> list[Row]:
    """The rows of Table I."""
    return [
        Row("Reference U-Net: stage 1 (enc1)", count(network.enc1), 224_256),
        Row("Reference U-Net: stage 2 (down1)", count(network.down1), 1_018_496),
        Row("Reference U-Net: stage 3 (down2)", count(network.down2), 4_068_608),
        Row("Reference U-Net: skip connection", count(network.skip_conv), 33_024),
        Row("Reference U-Net: bottleneck attention", count(network.attention), 2_369_280),
        Row("Reference U-Net: final refinement", count(network.final), 590_592),
        Row("Reference U-Net: total", count(network), 8_304_256),
    ]


def denoiser_rows(network: DenoisingUNet) -> list[Row]:
    """The rows of Table II, and the projection of the reference that its total holds and its rows do not."""
    bottleneck = network.bottleneck
    return [
        Row("Denoising U-Net: input convolution", count(network.input), 640),
        Row("Denoising U-Net: time embedding", count(network.time), 82_432),
        Row("Denoising U-Net: encoder blocks", count(network.encoder), 11_662_464),
        Row("Denoising U-Net: bottleneck block 0", count(bottleneck.block0), 4_853_248),
        Row("Denoising U-Net: reference projection *", count(network.ref_proj), 16_448),
        Row("Denoising U-Net: cross-attention block", count(bottleneck.cross), 3_186_688),
        Row("Denoising U-Net: bottleneck block 2", count(bottleneck.block2), 4_853_248),
        Row("Denoising U-Net: decoder blocks", count(network.decoder), 30_147_856),
        Row("Denoising U-Net: output head", count(network.head), 323),
        Row("Denoising U-Net: total", count(network), 54_803_347),
    ]


def psc_rows(network: PSC) -> list[Row]:
    """PSC's parts. The paper prints the total alone; the parts are the published network's."""
    return [
        Row("PSC: query encoder", count(network.encoder_q), 42_500_160),
        Row("PSC: key encoder", count(network.encoder_k), 42_500_160),
        Row("PSC: projection heads", count(network.project_q, network.project_k), 8_917_248),
        Row("PSC: warp estimator, 4x4", count(network.stn.heads[0]), 5_768_450),
        Row("PSC: warp estimator, 8x8", count(network.stn.heads[1]), 2_622_722),
        Row("PSC: warp estimator, 16x16", count(network.stn.heads[2]), 1_836_290),
        Row("PSC: needed at inference", count(network.strip_for_inference()), 37_762_886),
        Row("PSC: total", count(network), 104_145_030),
    ]


def rows(preset: Preset | str) -> list[Row]:
    """Every component of a preset. KeyError for a name that is none; nothing is allocated or initialised."""
    chosen = PRESETS[preset] if isinstance(preset, str) else preset
    with torch.device("meta"):
        found = reference_rows(ReferenceUNet(chosen.reference)) + denoiser_rows(DenoisingUNet(chosen.denoiser))
        if chosen.name == "paper":
            return found + psc_rows(PSC())
        return [*found, Row("Matcher, in place of PSC: total", count(Matcher()), 104_145_030)]


def table(names: Iterable[str] = ("paper", "compact")) -> str:
    """The counts as text to print, a section for each named preset."""
    sections = []
    for name in names:
        lines = [f"{name + ' preset':<42}{'ours':>14}{'paper':>14}"]
        for row in rows(name):
            mark = "  equal" if row.ours == row.paper else ""
            lines.append(f"{row.component:<42}{row.ours:>14,}{row.paper:>14,}{mark}")
        sections.append("\n".join(lines))
    return "\n\n".join([*sections, "* in the paper's total, but in none of its rows"])
