"""A sample grid: what a denoiser makes of a few training samples, sampling by itself, to look at while it trains."""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn.functional import interpolate

from nurie.diffusion.parameterization import PredictionType
from nurie.diffusion.samplers import ddim
from nurie.diffusion.schedule import Schedule, trailing_timesteps
from nurie.training.loader import Batch

__all__ = ["COLUMNS", "GAP", "ROWS", "TITLE", "sample_grid"]

ROWS = 6
STEPS = (1, 4)
COLUMNS = ("sketch", "reference", "evidence", *(f"{n} step{'s' * (n > 1)}" for n in STEPS), "truth")
GAP, TITLE = 4, 16
GROUND = (128, 128, 128)


@torch.no_grad()
def sample_grid(
    denoise: Callable[[Tensor, Tensor], Tensor], batch: Batch, schedule: Schedule, kind: PredictionType
) -> Image.Image:
    """A row for every sample of ``batch``, and a column for each of ``COLUMNS``.

    ``denoise`` takes x_t (B, 3, S, S) and the timesteps (B,) and gives the network's output. The noise is always the
    same, so that two grids differ only by what was learnt between them.
    """
    color = batch["color"]
    noise = torch.randn(color.shape, generator=torch.Generator().manual_seed(0)).to(color.device)

    def at(x: Tensor, timestep: int) -> Tensor:
        return denoise(x, torch.full((len(x),), timestep, device=x.device)).float()

    results = [ddim(at, noise, schedule, trailing_timesteps(steps), kind) for steps in STEPS]
    reference = interpolate(batch["reference"], color.shape[-2:], mode="bilinear", antialias=True)
    columns = [batch["sketch"].expand_as(color), reference, batch["evidence"][:, :3], *results, color]
    pixels = (torch.stack(columns, dim=1).clamp(-1, 1) * 127.5 + 128).to(torch.uint8)
    return _sheet(pixels.permute(0, 1, 3, 4, 2).cpu())


def _sheet(pixels: Tensor) -> Image.Image:
    """Pictures (rows, columns, S, S, 3) under the columns' titles."""
    rows, columns, side = pixels.shape[:3]
    sheet = Image.new("RGB", (columns * (side + GAP) - GAP, TITLE + rows * (side + GAP) - GAP), GROUND)
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(COLUMNS):
        left = column * (side + GAP)
        draw.text((left + 2, 2), title, fill="white")
        for row in range(rows):
            sheet.paste(Image.fromarray(pixels[row, column].numpy()), (left, TITLE + row * (side + GAP)))
    return sheet
