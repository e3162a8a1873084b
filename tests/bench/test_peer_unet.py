"""The peer has the size and the cost of the published network, and samples pictures."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from nurie.bench.peer_unet import PARAMETERS, PeerUNet, sample
from nurie.bench.run import PEER_FLOPS


def test_it_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in PeerUNet().parameters()) == PARAMETERS == 52_301_251


def test_a_step_at_256_costs_what_the_published_one_does() -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        PeerUNet()(torch.zeros(1, 3, 256, 256), torch.zeros(1, 4, 256, 256), torch.zeros(1))
    assert counter.get_total_flops() == pytest.approx(273e9, rel=0.02)
    assert counter.get_total_flops() == pytest.approx(PEER_FLOPS, rel=1e-4)


@pytest.fixture(scope="module")
def peer() -> PeerUNet:
    torch.manual_seed(0)
    return PeerUNet().eval()


def test_it_samples_pictures_that_depend_on_conditions_and_steps(peer: PeerUNet) -> None:
    conditions = torch.linspace(-1, 1, 4 * 16 * 16).reshape(1, 4, 16, 16)
    one, two, other = sample(peer, conditions, 1), sample(peer, conditions, 2), sample(peer, -conditions, 2)
    for picture in (one, two, other):
        assert picture.shape == (1, 3, 16, 16)
        assert picture.abs().max() <= 1  # alpha_bar is 1 where the run ends, so the noise is gone
    assert not torch.equal(one, two)
    assert not torch.equal(two, other)
    assert torch.equal(two, sample(peer, conditions, 2))


def test_time_reaches_the_output(peer: PeerUNet) -> None:
    x, conditions = torch.ones(1, 3, 16, 16), torch.zeros(1, 4, 16, 16)
    with torch.no_grad():
        assert not torch.equal(peer(x, conditions, torch.tensor([0.0])), peer(x, conditions, torch.tensor([999.0])))
