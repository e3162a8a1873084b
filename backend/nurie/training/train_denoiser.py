"""Trains the denoiser and the reference U-Net together (the paper's section 3, with model.md's recipe).

A zero-terminal-SNR schedule, the preset's prediction type, and the loss always on x0. The task is nearly
deterministic, so a good share of the samples sits at the last timestep, where the input is pure noise and one step
must give the whole picture. Phase 1 mixes noise into the truth; phase 2 takes the share ``trajectory`` of its batches
from the first steps of the network's own sampling (:mod:`nurie.training.trajectory`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, cast

import torch
from PIL import Image
from torch import Tensor, nn

from nurie.diffusion.parameterization import PredictionType, add_noise, to_x0
from nurie.diffusion.schedule import make_schedule
from nurie.model.denoising_unet import DenoisingUNet
from nurie.model.presets import Preset
from nurie.model.reference_unet import ReferenceUNet, tokens
from nurie.training.conditions import ConditionConfig, Conditions
from nurie.training.loader import batches
from nurie.training.loop import Batch, LoopConfig, Task, run
from nurie.training.perceptual import structural_loss
from nurie.training.sample_grid import ROWS, sample_grid
from nurie.training.trajectory import draw_timesteps, own_noisy

FIGURE = 0.94
"""A pixel whose smallest channel, in [-1, 1], is below it belongs to the figure, not to the white ground."""
GAMMA = 5.0
"""Largest weight of the x0 error, min-SNR style (Hang et al. 2023), on SNR + 1, which v-prediction carries."""
SAMPLE_WEIGHT = 4.0
"""Weight of the x0 error, at every timestep, of a network that predicts x0: about the mean of the other's."""


@dataclass(frozen=True)
class ObjectiveConfig:
    """What is asked of the denoiser; shares in [0, 1], ValueError on others."""

    last: Annotated[float, "share of phase 1's samples at the last timestep, pure noise"] = 0.3
    trajectory: Annotated[float, "phase 2: share of batches that go on from steps the network took itself"] = 0.0
    trajectory_from: Annotated[float, "share of the run after which phase 2 begins"] = 0.0
    perceptual: Annotated[float, "phase 2: weight of edges and structure (MS-SSIM's), beside the colours' 1"] = 0.0
    ground: Annotated[float, "weight of the white ground, beside the figure's 1"] = 0.25
    blind: Annotated[bool, "tell the denoiser a random timestep, as the published code does: for ablation"] = False

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"{field.name} must not be {getattr(self, field.name)}")


class Networks(nn.Module):
    """The two networks that are trained together, under the names that the weights file uses."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.reference = ReferenceUNet(preset.reference)
        self.denoiser = DenoisingUNet(preset.denoiser)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compiles the networks, which are called one by one; the module that holds them is not called itself."""
        for network in self.children():
            network.compile(*args, **kwargs)


def conditioned(model: Networks, preset: Preset, batch: Batch) -> Callable[[Tensor, Tensor], Tensor]:
    """The denoiser under a batch's conditions: x_t (B, 3, H, W) and timesteps (B,) to the network's output."""
    known = tokens(model.reference(batch["reference"])) * batch["keep_reference"][:, None, None]
    lines = batch["sketch"].expand(-1, preset.denoiser.sketch_channels, -1, -1)
    given = batch["evidence"][:, : preset.denoiser.evidence_channels]

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        output: Tensor = model.denoiser(x, t, lines, given, known)
        return output

    return denoise


def pixel_weights(color: Tensor, sketch: Tensor, ground: float) -> Tensor:
    """(B, 1, H, W): the figure counts fully, white ``ground`` less, and so do pixels under ink, which lines cover."""
    figure = (color.amin(dim=1, keepdim=True) < FIGURE).float()
    ink = (0.5 - 0.5 * sketch).clamp(0, 1)
    return (ground + (1 - ground) * figure) * (1 - 0.6 * ink)


def x0_loss(estimate: Tensor, color: Tensor, weights: Tensor) -> Tensor:
    """Weighted squared error plus a fifth of the absolute error, per sample (B,).

    The first asks for the mean, which scores best, the second for the median, which is crisper.
    """
    error = estimate - color
    return ((error.square() + 0.2 * error.abs()) * weights).mean(dim=(1, 2, 3))


def timestep_weight(kind: PredictionType, alpha_bar: Tensor) -> Tensor:
    """Weight of the x0 error at alpha_bar (B,) -> (B,)."""
    if kind == "sample":
        return torch.full_like(alpha_bar, SAMPLE_WEIGHT)
    return (1 / (1 - alpha_bar).clamp(min=1e-4)).clamp(max=GAMMA)


def last_step_psnr(estimate: Tensor, color: Tensor, final: Tensor) -> Tensor:
    """Foreground PSNR in dB, the mean of samples at the last timestep that show enough figure; of all if none does."""
    figure = (color.amin(dim=1, keepdim=True) < FIGURE).float()
    squared = (estimate - color).square() * figure
    count = figure.sum(dim=(1, 2, 3)) * 3
    decibel = -10 * torch.log10(squared.sum(dim=(1, 2, 3)) / count.clamp(min=1) / 4 + 1e-6)
    chosen = final & (count > 1000)
    chosen = chosen | ~chosen.any()  # without asking the host which it is
    return (decibel * chosen).sum() / chosen.sum()


def denoiser_task(
    preset: Preset,
    pack: Path,
    matcher: Path,
    loop: LoopConfig,
    conditions: ConditionConfig,
    device: torch.device,
    objective: ObjectiveConfig | None = None,
) -> Task:
    """Both networks of ``preset``, with evidence from the ``matcher`` of that checkpoint.

    InputError when ``pack`` is none, ModelError when the matcher is not there.
    """
    torch.manual_seed(loop.seed)
    model = Networks(preset)
    objective = objective or ObjectiveConfig()
    schedule, kind = make_schedule(), preset.prediction_type
    alphas = torch.tensor(schedule.alphas_cumprod, dtype=torch.float32, device=device)
    last = len(alphas) - 1

    def loss(batch: Batch, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        color = batch["color"]
        seed = int(batch["noise_seed"][0])
        generator, host = torch.Generator(color.device).manual_seed(seed), torch.Generator().manual_seed(seed)
        noise = torch.randn(color.shape, generator=generator, device=color.device)
        denoise = conditioned(model, preset, batch)
        phase_2 = step >= objective.trajectory_from * loop.steps
        continued = phase_2 and bool(torch.rand((), generator=host) < objective.trajectory)
        if continued:
            visited = draw_timesteps(seed)
            x_t = own_noisy(denoise, noise, schedule, visited, kind)
            t = torch.full((len(color),), visited[-1], device=color.device)
        else:
            t = torch.randint(0, last, (len(color),), generator=generator, device=color.device)
            final = torch.rand(len(color), generator=generator, device=color.device) < objective.last
            t = torch.where(final, last, t)
            x_t = add_noise(color, noise, alphas[t][:, None, None, None])
        told = torch.randint(0, last + 1, t.shape, generator=generator, device=t.device) if objective.blind else t
        estimate = to_x0(kind, denoise(x_t, told).float(), x_t, alphas[t][:, None, None, None])
        weights = pixel_weights(color, batch["sketch"], objective.ground)
        per_sample = x0_loss(estimate, color, weights)
        if continued and objective.perceptual:
            per_sample = per_sample + objective.perceptual * structural_loss(estimate, color, weights)
        figures = {"psnr_last": last_step_psnr(estimate.detach(), color, t == last)}
        return (per_sample * timestep_weight(kind, alphas[t])).mean(), figures

    settings: dict[str, Any] = {"network": "denoiser", "preset": preset.to_dict(), "conditions": asdict(conditions)}
    settings["objective"] = asdict(objective)
    dataset = Conditions(pack, matcher, conditions, loop.seed, loop.steps * loop.batch)

    def draw(averaged: nn.Module) -> Image.Image:
        shown = next(batches(dataset, [range(ROWS)], workers=0, device=device))
        with torch.no_grad():
            return sample_grid(conditioned(cast("Networks", averaged), preset, shown), shown, schedule, kind)

    return Task(model, dataset, loss, settings | {"matcher": dataset.matcher_fingerprint}, draw)


def train_denoiser(
    preset: Preset,
    pack: Path,
    matcher: Path,
    out: Path,
    loop: LoopConfig,
    conditions: ConditionConfig,
    device: str = "cpu",
) -> None:
    """Trains (or resumes) in ``out``."""
    where = torch.device(device)
    run(denoiser_task(preset, pack, matcher, loop, conditions, where), loop, out, where)
