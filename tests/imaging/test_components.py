"""Components found tile by tile are OpenCV's, found at once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nurie.imaging.components import components


@pytest.mark.parametrize("shape", [(1, 1), (700, 30), (513, 1100), (1024, 512)])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 1.0])
def test_they_are_those_of_the_whole(shape: tuple[int, int], share: float) -> None:
    coarse = np.random.default_rng(4).random((shape[0] // 3 + 1, shape[1] // 3 + 1)) < share
    mask = np.repeat(np.repeat(coarse, 3, axis=0), 3, axis=1)[: shape[0], : shape[1]].astype(np.uint8) * 255
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    found = components(shape, lambda box: mask[box])
    mine = np.zeros(shape, np.uint16)
    found.write(mine, np.arange(len(found.areas), dtype=np.uint16))
    assert len(found.areas) == count
    np.testing.assert_array_equal(mine > 0, labels > 0)
    # One number of mine for each of OpenCV's.
    pairs = np.unique(np.stack([labels[labels > 0], mine[labels > 0]]), axis=1)
    assert pairs.shape[1] == count - 1
    theirs, own = pairs
    np.testing.assert_array_equal(found.areas[own], stats[theirs, cv2.CC_STAT_AREA])
    np.testing.assert_array_equal(found.boxes[own], stats[theirs, :4])
