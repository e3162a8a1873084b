"""Blocks: each one against a second, plainer way to write the same thing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nurie.model.blocks import CBAM, ConvNormReLU, ResBlock, TimeEmbedding, sinusoid
from nurie.model.normalization import GroupNormSiLU, groups_for


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("channels", "groups"), [(64, 32), (96, 32), (48, 16), (160, 32), (33, 1)])
def test_groups_divide_the_channels(channels: int, groups: int) -> None:
    assert groups_for(channels) == groups
    assert groups_for(channels, 8) == min(groups, 8)


def test_group_norm_silu_has_the_parameters_and_values_of_its_parts() -> None:
    fused, plain = GroupNormSiLU(64), nn.GroupNorm(32, 64)
    nn.init.normal_(plain.weight)
    nn.init.normal_(plain.bias)
    fused.load_state_dict(plain.state_dict())
    x = torch.randn(2, 64, 5, 7)
    torch.testing.assert_close(fused(x), F.silu(plain(x)))


def test_sinusoid_is_cosines_then_sines_of_geometric_rates() -> None:
    code = sinusoid(torch.tensor([0.0, 3.0]), 64)
    assert code.shape == (2, 64)
    torch.testing.assert_close(code[0], torch.cat((torch.ones(32), torch.zeros(32))))
    rate = 10_000.0 ** (-5 / 32)
    torch.testing.assert_close(code[1, 5], torch.tensor(3 * rate).cos())
    torch.testing.assert_close(code[1, 37], torch.tensor(3 * rate).sin())


def test_every_timestep_has_its_own_embedding_and_integers_equal_floats() -> None:
    steps = torch.arange(1000)
    assert len(torch.unique(sinusoid(steps, 64), dim=0)) == 1000
    time = TimeEmbedding(64, 256)
    assert torch.equal(time(steps[::100]), time(steps[::100].float()))


def cbam_by_hand(block: CBAM, x: Tensor) -> Tensor:
    def shared(pooled: Tensor) -> Tensor:
        return F.relu(pooled @ block.squeeze.weight.T) @ block.excite.weight.T

    channel = torch.sigmoid(shared(x.flatten(2).max(dim=2).values) + shared(x.flatten(2).mean(dim=2)))
    x = x * channel[..., None, None]
    summary = torch.stack((x.max(dim=1).values, x.mean(dim=1)), dim=1)
    return x * torch.sigmoid(F.conv2d(summary, block.spatial.weight, padding=3))


def test_cbam_attends_to_channels_then_places_without_biases() -> None:
    block, x = CBAM(32), torch.randn(2, 32, 9, 6)
    torch.testing.assert_close(block(x), cbam_by_hand(block, x))
    assert count(block) == 2 * 32 * 2 + 2 * 7 * 7


def convolved(conv: nn.Conv2d, x: Tensor) -> Tensor:
    return F.conv2d(x, conv.weight, conv.bias, padding=conv.kernel_size[0] // 2)


def res_block_by_hand(block: ResBlock, x: Tensor, time: Tensor) -> Tensor:
    assert block.time is not None
    assert block.skip is not None
    h = convolved(block.conv1, F.silu(F.group_norm(x, 32, block.norm1.weight, block.norm1.bias)))
    h = h + F.linear(F.silu(time), block.time.weight, block.time.bias)[..., None, None]
    h = convolved(block.conv2, F.silu(F.group_norm(h, 32, block.norm2.weight, block.norm2.bias)))
    return h + convolved(block.skip, x)


def test_res_block_is_the_papers() -> None:
    block = ResBlock(32, 64, time_dim=16).eval()
    x, time = torch.randn(2, 32, 6, 8), torch.randn(2, 16)
    torch.testing.assert_close(block(x, time), res_block_by_hand(block, x, time))


def test_res_block_takes_dropout_in_training_and_cbam_where_asked() -> None:
    block = ResBlock(32, 32, cbam=True, dropout=0.5)
    x = torch.randn(1, 32, 8, 8)
    assert not torch.equal(block(x), block(x))
    block.eval()
    assert torch.equal(block(x), block(x))
    assert block.skip is None
    assert count(block) - count(ResBlock(32, 32)) == count(CBAM(32))


def test_a_timed_block_refuses_to_run_without_time() -> None:
    with pytest.raises(ValueError, match="time"):
        ResBlock(32, 32, time_dim=16)(torch.zeros(1, 32, 4, 4))


@pytest.mark.parametrize(("kernel", "size"), [(1, 12), (3, 12), (4, 6)])
@pytest.mark.parametrize("groups", [None, 8])
def test_conv_norm_relu_halves_with_even_kernels_only(kernel: int, size: int, groups: int | None) -> None:
    layer = ConvNormReLU(3, 32, kernel, groups=groups)
    output = layer(torch.randn(2, 3, 12, 12))
    assert output.shape == (2, 32, size, size)
    assert output.min() == 0
