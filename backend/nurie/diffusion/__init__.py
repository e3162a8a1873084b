"""Diffusion: schedules, parameterizations, samplers and guidance as pure array maths; no input or output, no torch."""

from __future__ import annotations

from nurie.diffusion.guidance import combine, guidance_weights, guided
from nurie.diffusion.noise import NoiseSource, initial_noise, step_noise
from nurie.diffusion.parameterization import (
    PredictionType,
    add_noise,
    to_epsilon,
    to_output,
    to_x0,
    training_target,
)
from nurie.diffusion.samplers import Callback, Denoiser, StepInfo, ddim, dpmpp_2m
from nurie.diffusion.schedule import Schedule, ScheduleKind, make_schedule, trailing_timesteps

__all__ = [
    "Callback",
    "Denoiser",
    "NoiseSource",
    "PredictionType",
    "Schedule",
    "ScheduleKind",
    "StepInfo",
    "add_noise",
    "combine",
    "ddim",
    "dpmpp_2m",
    "guidance_weights",
    "guided",
    "initial_noise",
    "make_schedule",
    "step_noise",
    "to_epsilon",
    "to_output",
    "to_x0",
    "trailing_timesteps",
    "training_target",
]
