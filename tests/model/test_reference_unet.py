"""The reference U-Net of both kinds."""

from __future__ import annotations

from unittest import mock

import pytest
import torch
from torch.nn import functional as F

from model.networks import NAMES, reference
from nurie.model.reference_unet import join_references, tokens


@pytest.mark.parametrize(("name", "height", "width"), [("paper", 20, 28), ("compact", 48, 80)])
def test_features_have_the_stated_stride(name: str, height: int, width: int) -> None:
    network = reference(name)
    features = network(torch.randn(2, 3, height, width))
    stride = network.config.stride
    assert features.shape == (2, network.config.token_dim, height // stride, width // stride)
    assert tokens(features).shape == (2, features[0, 0].numel(), network.config.token_dim)


@pytest.mark.parametrize("name", NAMES)
def test_self_attention_goes_through_scaled_dot_product_attention(name: str) -> None:
    network = reference(name)
    with mock.patch.object(F, "scaled_dot_product_attention", side_effect=F.scaled_dot_product_attention) as attention:
        network(torch.randn(1, 3, 32, 32))
    assert attention.call_count == network.config.attention_blocks


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_learns(name: str) -> None:
    network = reference(name)
    network(torch.randn(1, 3, 64, 64)).square().sum().backward()
    assert [key for key, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_references_join_in_order() -> None:
    first, second = torch.randn(2, 4, 8), torch.randn(2, 6, 8)
    joined = join_references([first, second])
    assert torch.equal(joined[:, :4], first)
    assert torch.equal(joined[:, 4:], second)
    with pytest.raises(ValueError, match="reference"):
        join_references([])
