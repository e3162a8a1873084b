"""The figures of one picture beside its truth, over the foreground and over the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.color import psnr, ssim_map, visible_difference
from nurie.training.metrics.ms_ssim import mean_over, scale_maps

__all__ = ["Figures", "compare", "mean_figures"]

Picture = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """How near a picture comes to its truth.

    psnr in dB, at most 100; ssim in [-1, 1]; ms_ssim in [0, 1]; repaint as a share in [0, 1]; perceptual from 0 on, the
    smaller the better, None where nobody looked.
    """

    psnr: float
    ssim: float
    ms_ssim: float
    repaint: float
    perceptual: float | None = None


def compare(result: Picture, truth: Picture, masks: Sequence[NDArray[np.bool_]]) -> list[Figures]:
    """The figures of a picture (H, W, 3) in [0, 1] over each mask (H, W), without the perceptual distance."""
    similarity, scales, visible = ssim_map(result, truth), scale_maps(result, truth), visible_difference(result, truth)
    return [
        Figures(
            psnr(result, truth, mask),
            float(similarity[mask].mean()),
            mean_over(scales, mask),
            float(visible[mask].mean()),
        )
        for mask in masks
    ]


def mean_figures(found: Sequence[Figures]) -> Figures:
    """Each figure's mean over pictures (PSNR averaged in dB); None where any picture lacks it."""
    columns = {field.name: [getattr(one, field.name) for one in found] for field in fields(Figures)}
    return Figures(**{name: None if None in column else float(np.mean(column)) for name, column in columns.items()})  # type: ignore[arg-type]
