"""Phase 2: noisy images as sampling itself makes them, so that few steps and many give the same picture.

In phase 1 the denoiser sees the truth under the noise; while sampling it sees its own earlier estimate there, errors
and all, and trusts them. Here it takes the first steps of a short DDIM run by itself, and learns to reach the truth
from where they led (the paper's missing second phase; only the last step is differentiated through).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from nurie.diffusion.parameterization import PredictionType, add_noise, to_epsilon, to_x0
from nurie.diffusion.schedule import Schedule, trailing_timesteps
from nurie.sampling import Sampling

STEP_COUNTS = (2, 3, 4, 6, 8)
"""Lengths of the runs that are trained on, at every step of them but the first."""
LAST = Sampling().last_timestep
"""No run goes below it: what is left then is one jump to the picture."""


def draw_timesteps(seed: int) -> list[int]:
    """The first timesteps, falling, of a run of random length: its last is the one to learn at."""
    rng = np.random.default_rng(seed)
    steps = int(rng.choice(STEP_COUNTS))
    taken = int(rng.integers(1, steps))
    return [int(t) for t in trailing_timesteps(steps, last=LAST)[: taken + 1]]


@torch.no_grad()
def own_noisy(
    denoise: Callable[[Tensor, Tensor], Tensor],
    noise: Tensor,
    schedule: Schedule,
    timesteps: list[int],
    kind: PredictionType,
) -> Tensor:
    """x_t (B, C, H, W) at the last of ``timesteps``, which DDIM (eta 0) reaches from pure ``noise`` at the first.

    ``denoise`` takes x_t and the timesteps (B,) and gives the network's output.
    """
    x = noise
    for now, then in pairwise(timesteps):
        alpha = schedule.alpha_bar(now)
        output = denoise(x, torch.full((len(x),), now, device=x.device)).float()
        x0 = to_x0(kind, output, x, alpha).clamp(-1, 1)
        x = add_noise(x0, to_epsilon("sample", x0, x, alpha), schedule.alpha_bar(then))
    return x
