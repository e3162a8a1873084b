from __future__ import annotations

import numpy as np
import pytest

from nurie.imaging.color import psnr, repaint, ssim
from nurie.training.metrics.figures import Figures, compare, mean_figures
from nurie.training.metrics.ms_ssim import ms_ssim


def test_each_figure_is_the_one_of_its_own_function() -> None:
    rng = np.random.default_rng(0)
    x, y, mask = rng.random((40, 50, 3)), rng.random((40, 50, 3)), rng.random((40, 50)) < 0.3
    some, everything = compare(x, y, [mask, np.ones_like(mask)])
    for found, part in ((some, mask), (everything, np.ones_like(mask))):
        direct = psnr(x, y, part), ssim(x, y, part), ms_ssim(x, y, part), repaint(x, y, part)
        assert (found.psnr, found.ssim, found.ms_ssim, found.repaint) == pytest.approx(direct)
        assert found.perceptual is None
    assert some != everything


def test_means_leave_out_what_was_not_taken_everywhere() -> None:
    one, two = Figures(10, 0.5, 0.6, 0.2, 0.3), Figures(20, 0.7, 0.8, 0.4, 0.5)
    assert vars(mean_figures([one, two])) == pytest.approx(vars(Figures(15, 0.6, 0.7, 0.3, 0.4)))
    assert mean_figures([one, Figures(20, 0.7, 0.8, 0.4)]).perceptual is None
