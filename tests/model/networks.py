"""Small networks of both presets' kinds, with every switch as the preset has it, and inputs for them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nurie.model.denoising_unet import DenoisingUNet
from nurie.model.presets import DenoiserConfig, ReferenceConfig, preset
from nurie.model.reference_unet import ReferenceUNet

NAMES = ("paper", "compact")


def reference_config(name: str) -> ReferenceConfig:
    """The preset's reference U-Net, narrowed."""
    return replace(preset(name).reference, widths=(16, 32, 32))


def denoiser_config(name: str) -> DenoiserConfig:
    """The preset's denoiser, narrowed."""
    chosen = preset(name).denoiser
    projection = None if chosen.token_projection is None else 16
    return replace(chosen, widths=(64, 64, 96, 96), token_dim=32, token_projection=projection, time_dim=32)


def reference(name: str) -> ReferenceUNet:
    """In evaluation mode, as the paper's BatchNorm wants it for single pictures."""
    return ReferenceUNet(reference_config(name)).eval()


def denoiser(name: str) -> DenoisingUNet:
    """In evaluation mode, its head drawn at random where the preset starts it at zero."""
    network = DenoisingUNet(denoiser_config(name)).eval()
    for parameter in network.head.parameters():
        nn.init.normal_(parameter, std=0.1)
    return network


class Inputs(NamedTuple):
    """The denoiser's arguments, in order."""

    x_t: Tensor
    t: Tensor
    sketch: Tensor
    evidence: Tensor
    reference_tokens: Tensor


def inputs(config: DenoiserConfig, height: int = 32, width: int = 32, batch: int = 1, tokens: int = 5) -> Inputs:
    """Random inputs of the right shapes, timesteps far apart."""
    return Inputs(
        torch.randn(batch, config.image_channels, height, width),
        torch.linspace(10, 990, batch),
        torch.randn(batch, config.sketch_channels, height, width),
        torch.randn(batch, config.evidence_channels, height, width),
        torch.randn(batch, tokens, config.token_dim),
    )
