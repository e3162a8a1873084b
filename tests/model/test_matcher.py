"""The correspondence network: distributions over cells, and every weight in use."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nurie.model.matcher import CELL, Matcher, MatcherConfig, position_encoding

SMALL = MatcherConfig(stem=8, width=8, dim=16, layers=2, heads=2, descriptor=8)


@pytest.fixture
def matcher() -> Matcher:
    torch.manual_seed(0)
    return Matcher(SMALL).eval()


def pictures(batch: int = 2, size: int = 48) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.rand(batch, 1, size, size) * 2 - 1, torch.rand(batch, 3, size, size) * 2 - 1


@pytest.mark.parametrize("size", [32, 48])
def test_every_cell_has_a_distribution_over_cells_and_nobody(matcher: Matcher, size: int) -> None:
    log_p = matcher(*pictures(2, size))
    cells = (size // CELL) ** 2
    assert log_p.shape == (2, cells, cells + 1)
    torch.testing.assert_close(log_p.exp().sum(dim=2), torch.ones(2, cells))


def test_gradients_reach_every_parameter(matcher: Matcher) -> None:
    log_p = matcher.train()(*pictures())
    (log_p * torch.randn_like(log_p)).sum().backward()
    silent = [name for name, p in matcher.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


def test_pictures_of_a_batch_do_not_see_each_other(matcher: Matcher) -> None:
    sketch, photo = pictures()
    torch.testing.assert_close(matcher(sketch, photo)[1:], matcher(sketch[1:], photo[1:]), atol=1e-4, rtol=1e-4)


def test_both_pictures_inform_the_descriptors(matcher: Matcher) -> None:
    sketch, photo = pictures()
    of_sketch, of_photo = matcher.descriptors(sketch, photo)
    elsewhere = matcher.descriptors(sketch, -photo)[0], matcher.descriptors(-sketch, photo)[1]
    assert of_sketch.shape == of_photo.shape == (2, SMALL.descriptor, 6, 6)
    assert not torch.allclose(of_sketch, elsewhere[0])
    assert not torch.allclose(of_photo, elsewhere[1])


def test_positions_are_relative_to_the_canvas() -> None:
    fine, coarse = position_encoding(8, 8, 16).reshape(8, 8, 16), position_encoding(4, 4, 16).reshape(4, 4, 16)
    assert len({tuple(place.tolist()) for place in fine.flatten(0, 1)}) == 64
    # Cell (1, 2) of four a side lies between cells 2, 3 and 4, 5 of eight.
    between = fine[2:4, 4:6].mean(dim=(0, 1))
    others = (coarse.flatten(0, 1) - between).norm(dim=1)
    assert int(others.argmin()) == 1 * 4 + 2
