"""Warp fields, correlation volumes and the three-stage estimator."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nurie.model.warp_estimator import GRID, WarpEstimator, correlation, identity_flow, warp

CPU = torch.device("cpu")


@given(st.integers(2, 9), st.integers(2, 9))
def test_the_identity_flow_changes_nothing(height: int, width: int) -> None:
    picture = torch.rand(1, 3, height, width)
    torch.testing.assert_close(warp(picture, identity_flow(height, width, CPU, torch.float32)), picture)


def test_flows_are_x_then_y_and_may_mirror() -> None:
    picture = torch.rand(1, 3, 5, 7)
    flow = identity_flow(5, 7, CPU, torch.float32)
    mirrored = flow * torch.tensor([-1.0, 1.0])[:, None, None]
    torch.testing.assert_close(warp(picture, mirrored), picture.flip(3))


def test_outside_is_empty_unless_the_border_is_asked_for() -> None:
    picture, far = torch.ones(1, 1, 4, 4), torch.full((1, 2, 4, 4), 5.0)
    assert not warp(picture, far).any()
    assert warp(picture, far, padding="border").min() == 1


def test_correlation_pairs_target_cells_with_source_cells() -> None:
    target, source = torch.randn(1, 8, GRID, GRID), torch.randn(1, 8, GRID, GRID)
    volume = correlation(target, source)
    assert volume.shape == (1, GRID * GRID, GRID, GRID)
    expected = (target[0, :, 2, 3] * source[0, :, 5, 7]).sum()
    torch.testing.assert_close(volume[0, 2 * GRID + 3, 5, 7], expected)


def estimator(displacements: tuple[tuple[float, float], ...]) -> WarpEstimator:
    """An estimator whose stages add fixed displacements."""
    network = WarpEstimator().eval()
    for head, displacement in zip(network.heads, displacements, strict=True):
        last = next(layer for layer in reversed(list(head.modules())) if isinstance(layer, nn.Conv2d))
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        with torch.no_grad():
            last.bias.copy_(torch.tensor(displacement))
    return network


def test_stages_add_up_to_absolute_coordinates() -> None:
    network = estimator(((0.1, 0.0), (0.0, -0.2), (0.05, 0.05)))
    source, target = ([torch.rand(1, 4, 16, 16), torch.rand(1, 6, 8, 8)] for _ in range(2))
    expected = identity_flow(GRID, GRID, CPU, torch.float32) + torch.tensor([0.15, -0.15])[:, None, None]
    with torch.no_grad():
        torch.testing.assert_close(network(source, target), expected)


@pytest.mark.parametrize("stage", [1, 2])
def test_later_stages_see_the_source_as_warped_so_far(stage: int) -> None:
    # A first stage that pushes every sample out of the picture leaves the later ones nothing to correlate with.
    network = estimator(((9.0, 9.0), (0.0, 0.0), (0.0, 0.0)))
    volumes: list[torch.Tensor] = []
    network.heads[stage].register_forward_pre_hook(lambda head, args: volumes.append(args[0]))
    source, target = ([torch.rand(1, 4, 16, 16), torch.rand(1, 6, 8, 8)] for _ in range(2))
    with torch.no_grad():
        network(source, target)
    assert not volumes[0].any()
