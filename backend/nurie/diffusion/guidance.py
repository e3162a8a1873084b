"""Classifier-free guidance with one scale for the reference and one for the evidence image.

Three predictions: with neither condition, with the reference alone, with both. As in Brooks et al. 2023
("InstructPix2Pix", eq. 3) each scale stretches the step that adds its condition:

    none + reference_scale (reference - none) + evidence_scale (full - reference)

which is a weighted sum whose weights add up to 1. Such sums commute with the conversions of `parameterization`, so it
makes no difference which kind of prediction is guided.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nurie.diffusion.parameterization import Array
from nurie.diffusion.samplers import Denoiser


@dataclass(frozen=True)
class GuidanceWeights:
    """The factors of the three predictions; they add up to 1, and a prediction of factor 0 need not be made."""

    none: float
    reference: float
    full: float


def guidance_weights(reference_scale: float = 1.0, evidence_scale: float = 1.0) -> GuidanceWeights:
    """Scale 1 is the plain conditional model, 0 leaves the condition out. ValueError if one is infinite or negative."""
    for name, scale in (("reference", reference_scale), ("evidence", evidence_scale)):
        if not (math.isfinite(scale) and scale >= 0.0):
            raise ValueError(f"the {name} guidance scale must be a number of at least 0, not {scale}")
    return GuidanceWeights(1.0 - reference_scale, reference_scale - evidence_scale, evidence_scale)


def combine(
    out_none: Array | None,
    out_reference: Array | None,
    out_full: Array | None,
    reference_scale: float = 1.0,
    evidence_scale: float = 1.0,
) -> Array:
    """The guided prediction, of the predictions' shape; one whose weight is 0 is not looked at and may be None.

    A lone prediction comes back untouched. Raises ValueError when one that counts is missing.
    """
    weights = guidance_weights(reference_scale, evidence_scale)
    total: Array | None = None
    for weight, output in ((weights.none, out_none), (weights.reference, out_reference), (weights.full, out_full)):
        if weight == 0.0:
            continue
        if output is None:
            raise ValueError("a prediction that these guidance scales call for is missing")
        term = output if weight == 1.0 else weight * output
        total = term if total is None else total + term
    return total


def guided(
    none: Denoiser,
    reference: Denoiser,
    full: Denoiser,
    reference_scale: float = 1.0,
    evidence_scale: float = 1.0,
) -> Denoiser:
    """One denoiser out of the three, for a sampler; one of weight 0 is never called, so scales of 1 cost one call."""
    weights = guidance_weights(reference_scale, evidence_scale)

    def denoise(x: Array, timestep: int) -> Array:
        return combine(
            none(x, timestep) if weights.none else None,
            reference(x, timestep) if weights.reference else None,
            full(x, timestep) if weights.full else None,
            reference_scale,
            evidence_scale,
        )

    return denoise
