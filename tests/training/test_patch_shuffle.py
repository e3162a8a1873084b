"""Progressive patch shuffle: the schedule rises, the pictures keep every pixel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nurie.training.patch_shuffle import patches_a_side, shuffle_patches


def test_schedule_starts_coarse_and_ends_fine() -> None:
    assert [patches_a_side(step / 10) for step in range(11)] == [2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 32]


@given(st.floats(0, 1), st.floats(0, 1))
def test_schedule_never_falls(one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    assert patches_a_side(earlier) <= patches_a_side(later)


@pytest.mark.parametrize("progress", [-0.01, 1.01, float("nan")])
def test_progress_outside_training_is_refused(progress: float) -> None:
    with pytest.raises(ValueError, match="progress"):
        patches_a_side(progress)


@pytest.mark.parametrize(("first", "last"), [(4, 2), (3, 32), (2, 24), (0, 4)])
def test_schedules_that_do_not_double_are_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="schedule"):
        patches_a_side(0.5, first, last)


@given(st.sampled_from([1, 2, 4, 8]), st.integers(0, 2**32 - 1))
def test_patches_move_whole_and_none_is_lost(side: int, seed: int) -> None:
    # Every pixel holds the number of its patch, in its second channel its place within the patch.
    height, width = 8, 16
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    rows, columns = height // side, width // side
    patch = (y // rows) * side + x // columns
    place = (y % rows) * columns + x % columns
    image = torch.stack((patch, place))[None]

    shuffled = shuffle_patches(image, side, np.random.default_rng(seed))[0]

    assert torch.equal(shuffled[1], place)
    corners = shuffled[0, ::rows, ::columns]
    assert sorted(corners.flatten().tolist()) == list(range(side * side))
    assert torch.equal(shuffled[0], corners.repeat_interleave(rows, 0).repeat_interleave(columns, 1))


def test_each_image_has_its_own_permutation_and_a_seed_repeats_it() -> None:
    images = torch.arange(32 * 32.0).reshape(1, 1, 32, 32).expand(2, 3, 32, 32)
    shuffled = shuffle_patches(images, 8, np.random.default_rng(0))
    assert not torch.equal(shuffled[0], shuffled[1])
    assert torch.equal(shuffled[:, 0], shuffled[:, 2])
    assert torch.equal(shuffled, shuffle_patches(images, 8, np.random.default_rng(0)))


def test_sides_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="equal patches"):
        shuffle_patches(torch.zeros(1, 3, 30, 32), 4, np.random.default_rng(0))
