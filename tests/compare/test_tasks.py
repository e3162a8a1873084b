"""What every tool is given is fair: a dab of the true colour wherever there is room for one, and none on a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compare.made import SHAPE, one_triple
from compare.tasks import NOBODY, make_task
from nurie.imaging.oklab import difference, rgb_to_oklab


@pytest.mark.parametrize("seed", [1, 3, 5])
@pytest.mark.parametrize("side", [None, 840])
def test_a_dab_has_the_colour_of_what_it_lies_in(seed: int, side: int | None, tmp_path: Path) -> None:
    task = make_task(one_triple(tmp_path, seed)[0], side)
    scale = 1 if side is None else 2
    assert task.truth.shape == (SHAPE[0] * scale, SHAPE[1] * scale, 3)
    drawn = task.dabs != NOBODY
    assert drawn.any()
    assert not (drawn & task.lines).any()
    away = difference(rgb_to_oklab(task.colors[task.dabs[drawn]]), rgb_to_oklab(task.truth[drawn].astype(np.float32)))
    assert np.median(away) < 0.01
    assert (away < 0.05).mean() > 0.98
    strokes = task.strokes()
    np.testing.assert_array_equal(strokes[..., 3] > 0, drawn)
    np.testing.assert_array_equal(strokes[drawn][:, :3], task.colors[task.dabs[drawn]])


def test_every_area_with_room_has_a_dab_and_no_other_colours(tmp_path: Path) -> None:
    task = make_task(one_triple(tmp_path)[0])
    drawn = task.dabs != NOBODY
    for area, wanted in enumerate(task.wanted.tolist()):
        own = np.unique(task.dabs[drawn & (task.areas == area)]).tolist()
        assert own == ([] if wanted == NOBODY else [wanted])
    assert (task.wanted != NOBODY).sum() >= 5
