"""Attention against `nn.MultiheadAttention`, and the laws that several references rest on."""

from __future__ import annotations

from unittest import mock

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from nurie.model.attention import (
    CrossAttentionBlock,
    MultiHeadAttention,
    SelfAttentionBlock,
    flatten_grid,
    grid_positions,
)


def test_multi_head_attention_is_torchs_own() -> None:
    ours, theirs = MultiHeadAttention(32, 4), nn.MultiheadAttention(32, 4, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat((ours.query.weight, ours.key_value.weight)))
        theirs.in_proj_bias.copy_(torch.cat((ours.query.bias, ours.key_value.bias)))
        theirs.out_proj.load_state_dict(ours.out.state_dict())
    query, source = torch.randn(2, 5, 32), torch.randn(2, 7, 32)
    expected, _ = theirs(query, source, source, need_weights=False)
    torch.testing.assert_close(ours(query, source), expected)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="heads"):
        MultiHeadAttention(30, 4)


@pytest.mark.parametrize("block", [SelfAttentionBlock(32, 4), CrossAttentionBlock(32, 8, 4)])
def test_blocks_go_through_scaled_dot_product_attention(block: nn.Module) -> None:
    with mock.patch.object(F, "scaled_dot_product_attention", side_effect=F.scaled_dot_product_attention) as attention:
        if isinstance(block, SelfAttentionBlock):
            block(torch.randn(1, 6, 32))
        else:
            block(torch.randn(1, 32, 2, 3), torch.randn(1, 5, 8))
    assert attention.call_count == 1


def test_self_attention_mixes_tokens_and_knows_no_order() -> None:
    block, tokens = SelfAttentionBlock(32, 4), torch.randn(2, 6, 32)
    output = block(tokens)
    torch.testing.assert_close(block(tokens.flip(1)), output.flip(1))
    changed = tokens.clone()
    changed[:, -1] = torch.randn(2, 32)
    assert (block(changed)[:, 0] - output[:, 0]).abs().min() > 0


def test_the_order_of_reference_tokens_and_a_reference_given_twice_change_nothing() -> None:
    block = CrossAttentionBlock(32, 8, 4)
    features, tokens = torch.randn(2, 32, 3, 4), torch.randn(2, 9, 8)
    output = block(features, tokens)
    torch.testing.assert_close(block(features, tokens.flip(1)), output)
    torch.testing.assert_close(block(features, torch.cat((tokens, tokens), dim=1)), output)
    assert not torch.allclose(block(features, torch.cat((tokens, 2 * tokens), dim=1)), output)


def test_positions_tell_the_query_where_it_is() -> None:
    features, tokens = torch.ones(1, 32, 4, 4), torch.randn(1, 9, 8)
    blind = CrossAttentionBlock(32, 8, 4)(features, tokens)
    torch.testing.assert_close(blind, blind[:, :, :1, :1].expand_as(blind))
    seeing = flatten_grid(CrossAttentionBlock(32, 8, 4, positions=True)(features, tokens))
    assert len(torch.unique(seeing[0], dim=0)) == 16


def test_grid_positions_are_relative_and_distinct() -> None:
    device = torch.device("cpu")
    fine = grid_positions(16, 16, 160, device, torch.float32)
    assert fine.shape == (256, 160)
    assert len(torch.unique(fine, dim=0)) == 256
    # The centre row of three is the middle of the picture, as on a grid of nine: the code is the same.
    coarse = grid_positions(3, 3, 160, device, torch.float32).reshape(3, 3, 160)
    finer = grid_positions(9, 9, 160, device, torch.float32).reshape(9, 9, 160)
    torch.testing.assert_close(coarse, finer[1::3, 1::3])
    # A wide grid is the middle band of the square one.
    wide = grid_positions(8, 16, 160, device, torch.float32).reshape(8, 16, 160)
    torch.testing.assert_close(wide, fine.reshape(16, 16, 160)[4:12])


def test_flatten_grid_goes_row_by_row() -> None:
    grid = torch.arange(6.0).reshape(1, 1, 2, 3)
    assert flatten_grid(grid)[0, :, 0].tolist() == [0, 1, 2, 3, 4, 5]
