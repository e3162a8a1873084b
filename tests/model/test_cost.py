"""Cost at 256 x 256, batch 1, in GFLOP (2 a multiply-add), counted without computing anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from nurie.model.denoising_unet import DenoisingUNet
from nurie.model.presets import preset
from nurie.model.psc import PSC
from nurie.model.reference_unet import ReferenceUNet


def gigaflops(run: Callable[[], object]) -> float:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run()
    return float(counter.get_total_flops()) / 1e9


def step(name: str, tokens: int) -> float:
    config = preset(name).denoiser
    with torch.device("meta"):
        network = DenoisingUNet(config)
        x, sketch, evidence = (
            torch.zeros(1, channels, 256, 256)
            for channels in (config.image_channels, config.sketch_channels, config.evidence_channels)
        )
        return gigaflops(lambda: network(x, torch.zeros(1), sketch, evidence, torch.zeros(1, tokens, config.token_dim)))


def encode(name: str) -> float:
    with torch.device("meta"):
        network, image = ReferenceUNet(preset(name).reference), torch.zeros(1, 3, 256, 256)
        return gigaflops(lambda: network(image))


def test_paper_costs_what_the_published_networks_cost() -> None:
    # The published code resizes the reference to 32 x 32 tokens before its cross-attention.
    assert step("paper", 32 * 32) == pytest.approx(278.4, abs=0.1)
    assert encode("paper") == pytest.approx(172.6, abs=0.1)


def test_psc_costs_what_the_published_network_costs() -> None:
    with torch.device("meta"):
        network, image = PSC().eval(), torch.zeros(1, 3, 256, 256)
        maps = network.features(image)
        pair = 2 * gigaflops(lambda: network.encoder_q(image)) + gigaflops(lambda: network.stn(maps, maps))
    assert pair == pytest.approx(42.8, abs=0.1)


def test_compact_keeps_its_budget() -> None:
    assert step("compact", 16 * 16) <= 5.0
    assert encode("compact") <= 2.0
