"""Moving averages of the weights: the shares that a step keeps, and how others are put together after training.

Karras et al. 2024, "Analyzing and Improving the Training Dynamics of Diffusion Models", section 3 and appendix C: an
average whose length grows with the run is named by sigma_rel, the width of its profile as a share of the run. Snapshots
of two such averages are enough to come close to that of every other width and moment, by a weighted sum. The maths
only, since what keeps and mixes them must write no pickles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROFILES", "WIDEST", "exponent", "exponential_share", "mixture", "power_share"]

PROFILES = {"ema05": 0.05, "ema10": 0.10}
"""sigma_rel of the two averages that snapshots hold, by name; the paper's choice."""
WIDEST = 12**-0.5
"""sigma_rel of exponent 0, the plain mean of all steps: no average is wider."""

Floats = NDArray[np.float64]


def exponent(sigma_rel: float) -> float:
    """gamma of the profile t^gamma that is ``sigma_rel`` wide (algorithm 2); ValueError outside (0, WIDEST)."""
    if not 0 < sigma_rel < WIDEST:
        raise ValueError(f"the width of an average must lie between 0 and {WIDEST:.3f}, not {sigma_rel}")
    t = sigma_rel**-2
    return float(np.roots([1, 7, 16 - t, 12 - t]).real.max())


def power_share(step: int, gamma: float) -> float:
    """Share of the average of exponent ``gamma`` that step number ``step``, from 1, keeps (equation 127)."""
    return float((1 - 1 / step) ** (gamma + 1))


def exponential_share(step: int, longest: float) -> float:
    """The same of the average of ``longest``, which is shorter early on, so that early checkpoints are usable."""
    return min(longest, step / (step + 9))


def mixture(steps: Floats, gammas: Floats, step: float, gamma: float) -> Floats:
    """How much (n,) to take of averages taken at ``steps`` (n,), of exponents ``gammas`` (n,), so that the sum comes
    closest to the average of exponent ``gamma`` at ``step``: least squares between profiles (algorithm 3)."""
    among = _overlap(steps[:, None], gammas[:, None], steps[None], gammas[None])
    wanted = _overlap(steps, gammas, np.float64(step), np.float64(gamma))
    return np.asarray(np.linalg.lstsq(among, wanted, rcond=None)[0], np.float64)


def _overlap(a: Floats, gamma_a: Floats, b: Floats | np.float64, gamma_b: Floats | np.float64) -> Floats:
    """The integral over t of the profiles (gamma + 1) t^gamma / T^(gamma + 1), which end at T = a and T = b."""
    end = np.minimum(a, b)  # beyond it, one of the two is 0
    scale = (gamma_a + 1) * (gamma_b + 1) / (gamma_a + gamma_b + 1)
    return np.asarray(scale * (end / a) ** gamma_a * (end / b) ** gamma_b * end / (a * b), np.float64)
