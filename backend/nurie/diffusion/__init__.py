"""Diffusion: schedules, parameterizations, samplers and guidance as pure array maths; no input or output, no torch."""

from __future__ import annotations

from nurie.diffusion.parameterization import (
    PredictionType,
    add_noise,
    to_epsilon,
    to_output,
    to_x0,
    training_target,
)
from nurie.diffusion.schedule import Schedule, ScheduleKind, make_schedule, trailing_timesteps

__all__ = [
    "PredictionType",
    "Schedule",
    "ScheduleKind",
    "add_noise",
    "make_schedule",
    "to_epsilon",
    "to_output",
    "to_x0",
    "trailing_timesteps",
    "training_target",
]
