"""A figure's picture counts within its box, the page's everywhere else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nurie.imaging.assemble import Part, assembled, finer
from nurie.imaging.canvas import Placement

SIZE = 64
WHOLE = Placement(0, 0, 640, SIZE)


def plain(level: float, count: int = 1) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full((count, 3, SIZE, SIZE), level, np.float32)


@given(st.integers(-40, 500), st.integers(-40, 500), st.integers(60, 200), st.integers(60, 200))
def test_only_the_box_changes(left: int, top: int, width: int, height: int) -> None:
    box = (left, top, left + width, top + height)
    side = max(width, height) + 20
    placement = Placement(left - (side - width) // 2, top - (side - height) // 2, side, SIZE)
    canvas = WHOLE.resized(2 * SIZE)
    page = assembled(plain(-1), WHOLE, [Part(plain(1), placement, box)], canvas)[0, 0]
    x, y = np.meshgrid(*[(np.arange(2 * SIZE) + 0.5) * 5] * 2)
    away = np.maximum(np.maximum(left - x, x - left - width), np.maximum(top - y, y - top - height))
    assert (page[away > 20] == -1).all()
    assert (page[away < -20] > 0.99).all()


def test_every_seed_has_its_own_pictures() -> None:
    pictures = np.concatenate([plain(-1), plain(0)])
    part = Part(np.concatenate([plain(0.5), plain(1)]), Placement(100, 100, 200, SIZE), (110, 110, 290, 290))
    page = assembled(pictures, WHOLE, [part], WHOLE)
    assert page.shape == pictures.shape
    np.testing.assert_allclose(page[:, 0, 20, 20], [0.5, 1])
    np.testing.assert_allclose(page[:, 0, 50, 50], [-1, 0])


def test_the_canvas_is_as_fine_as_the_smallest_figure_wants_and_no_finer_than_four_times() -> None:
    sizes = {side: finer(WHOLE, [Placement(0, 0, side, SIZE)]).size for side in (640, 400, 320, 160, 20)}
    assert sizes == {640: SIZE, 400: 2 * SIZE, 320: 2 * SIZE, 160: 4 * SIZE, 20: 4 * SIZE}
    assert finer(WHOLE, []) == WHOLE
