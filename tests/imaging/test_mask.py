"""The mask: read as people make masks, and cutting nothing but opacity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nurie.imaging.mask import apply_mask, read_mask
from nurie.protocol import InputError

SHAPE = (40, 30)


def test_white_on_black_is_taken_by_lightness() -> None:
    picture = Image.new("RGB", (30, 40), "black")
    picture.paste("white", (0, 0, 10, 40))
    picture.paste((128, 128, 128), (10, 0, 20, 40))
    mask = read_mask(picture, SHAPE)
    assert mask.dtype == np.uint8
    assert mask.shape == SHAPE
    np.testing.assert_array_equal(np.unique(mask), [0, 128, 255])
    assert (mask[:, :10] == 255).all()


def test_on_transparent_ground_it_is_what_was_painted_in_any_colour() -> None:
    picture = Image.new("RGBA", (30, 40), (255, 255, 255, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 10, 40))
    mask = read_mask(picture, SHAPE)
    assert (mask[:, :10] == 255).all()
    assert (mask[:, 10:] == 0).all()


def test_grey_files_with_and_without_opaque_alpha_are_the_same_mask(tmp_path: Path) -> None:
    grey = Image.new("L", (30, 40), 0)
    grey.paste(200, (5, 5, 20, 20))
    grey.save(tmp_path / "grey.png")
    grey.convert("RGBA").save(tmp_path / "opaque.png")
    masks = [read_mask(tmp_path / name, SHAPE) for name in ("grey.png", "opaque.png")]
    np.testing.assert_array_equal(masks[0], masks[1])


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (Image.new("L", (40, 30), 255), r"The mask is 40 x 30 px, the sketch 30 x 40 px"),
        (Image.new("L", (30, 40), 0), "The mask is empty"),
        (Image.new("L", (30, 40), 7), "The mask is empty"),
        (Image.new("RGBA", (30, 40), (255, 255, 255, 0)), "The mask is empty"),
    ],
)
def test_masks_that_cannot_be_used_are_refused(picture: Image.Image, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_mask(picture, SHAPE)


def test_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mask .*nowhere\.png does not exist"):
        read_mask(tmp_path / "nowhere.png", SHAPE)


@given(st.integers(0, 2**32 - 1))
def test_only_opacity_is_cut_and_never_raised(number: int) -> None:
    rng = np.random.default_rng(number)
    color = rng.integers(0, 256, (6, 5, 4), np.uint8)
    mask = rng.integers(0, 256, (6, 5), np.uint8)
    cut = apply_mask(color, mask)
    np.testing.assert_array_equal(cut[..., :3], color[..., :3])
    assert (cut[..., 3] <= np.minimum(color[..., 3], mask)).all()
    np.testing.assert_array_equal(apply_mask(color, np.full_like(mask, 255)), color)
    assert (apply_mask(color, np.zeros_like(mask))[..., 3] == 0).all()


def test_a_mask_of_another_size_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        apply_mask(np.zeros((4, 4, 4), np.uint8), np.zeros((4, 5), np.uint8))
