"""OKLab against its published pairs, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie.imaging.oklab import difference, oklab_to_rgb, rgb_to_oklab

levels = st.integers(0, 255)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # CSS Color 4, section "OKLab", and Ottosson's page
        ((1, 1, 1), (1.0, 0.0, 0.0)),
        ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
    ],
)
def test_known_colours(rgb: tuple[float, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(rgb_to_oklab(np.array(rgb, np.float32)), lab, atol=2e-4)


@given(levels, levels, levels)
def test_every_colour_comes_back(red: int, green: int, blue: int) -> None:
    colour = np.array([red, green, blue], np.uint8)
    lab = rgb_to_oklab(colour)
    np.testing.assert_allclose(rgb_to_oklab((colour / 255).astype(np.float32)), lab, atol=1e-5)
    np.testing.assert_allclose(oklab_to_rgb(lab) * 255, colour, atol=0.2)
    assert difference(lab, lab) == 0
