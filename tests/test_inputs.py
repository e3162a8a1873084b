from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fakes import pictures
from nurie.inputs import check_options, read_inputs, reference_canvas
from nurie.protocol import InputError, UsageError


@given(st.integers(1, 100) | st.none(), st.integers(0, 2**63), st.floats(0, 20) | st.none())
def test_options_in_range_pass(steps: int | None, seed: int, guidance: float | None) -> None:
    check_options(steps, seed, guidance)


@pytest.mark.parametrize("steps", [0, -1, 101, 1001])
def test_step_counts_out_of_range_are_refused(steps: int) -> None:
    with pytest.raises(UsageError, match=f"1 to 100, not {steps}"):
        check_options(steps, 0, None)


def test_negative_seeds_are_refused() -> None:
    with pytest.raises(UsageError, match="seed"):
        check_options(None, -1, None)


@pytest.mark.parametrize("guidance", [-0.1, 20.5, math.nan, math.inf])
def test_guidance_out_of_range_is_refused(guidance: float) -> None:
    with pytest.raises(UsageError, match="Guidance"):
        check_options(None, 0, guidance)


def test_one_reference_need_not_be_a_list(tmp_path: Path) -> None:
    path = tmp_path / "reference.png"
    pictures.reference().save(path)
    sketch = pictures.sketch()
    for given_as in (path, str(path), pictures.reference(), [path], (pictures.reference(),)):
        assert [image.size for image in read_inputs(sketch, given_as).references] == [(96, 96)]


def test_a_reference_is_needed() -> None:
    with pytest.raises(UsageError, match="reference"):
        read_inputs(pictures.sketch(), [])


def test_the_sketch_is_no_reference_for_itself(tmp_path: Path) -> None:
    sketch, copy = tmp_path / "sketch.png", tmp_path / "copy.webp"
    pictures.sketch().save(sketch)
    pictures.sketch().save(copy, lossless=True)
    for reference in (sketch, copy):
        with pytest.raises(InputError, match=rf"{reference.name} is the sketch itself"):
            read_inputs(sketch, [pictures.reference(), reference])


def test_another_drawing_of_the_same_size_may_be_a_reference() -> None:
    sketch = pictures.sketch()
    changed = sketch.copy()
    changed.putpixel((60, 80), (255, 0, 0))
    assert len(read_inputs(sketch, changed).references) == 1


def test_a_transparent_reference_is_refused() -> None:
    with pytest.raises(InputError, match="fully transparent"):
        read_inputs(pictures.sketch(), Image.new("RGBA", (64, 64), (255, 0, 0, 0)))


def test_the_reference_fills_the_canvas_over_white() -> None:
    """A red square in a corner of a large transparent page comes out centred, and large."""
    page = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    page.paste((255, 0, 0, 255), (10, 20, 110, 120))
    canvas = reference_canvas(page, 64)
    assert canvas.shape == (3, 64, 64)
    assert canvas.dtype == np.float32
    np.testing.assert_array_equal(canvas[:, 0, 0], [1, 1, 1])
    np.testing.assert_array_equal(canvas[:, 32, 32], [1, -1, -1])
    assert (canvas[1] < 0).mean() > 0.7
