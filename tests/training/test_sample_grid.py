"""Sample grids, which show what a network makes of training samples while it trains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nurie.diffusion.schedule import make_schedule
from nurie.training.checkpoints import read_checkpoint
from nurie.training.loop import run
from nurie.training.sample_grid import COLUMNS, GAP, ROWS, TITLE, sample_grid
from training.runs import CONDITIONS, CPU, LOOP, tiny_denoiser

SIDE = 16


def cell(grid: Image.Image, side: int, row: int, column: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    left, top = column * (side + GAP), TITLE + row * (side + GAP)
    return np.asarray(grid.crop((left, top, left + side, top + side)))


def test_every_column_shows_what_its_title_says() -> None:
    torch.manual_seed(0)
    color, sketch = torch.rand(2, 3, SIDE, SIDE) * 2 - 1, torch.rand(2, 1, SIDE, SIDE) * 2 - 1
    evidence, reference = torch.zeros(2, 4, SIDE, SIDE), torch.ones(2, 3, 2 * SIDE, 2 * SIDE)
    batch = {"color": color, "sketch": sketch, "evidence": evidence, "reference": reference}
    seen: list[tuple[int, Tensor]] = []

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        seen.append((int(t[0]), x))
        return -color if len(seen) == 1 else color  # wrong in one step, right in four

    grid = sample_grid(denoise, batch, make_schedule(), "sample")
    assert grid.size == (len(COLUMNS) * (SIDE + GAP) - GAP, TITLE + 2 * (SIDE + GAP) - GAP)
    assert [t for t, _ in seen] == [999, 999, 749, 499, 249]
    torch.testing.assert_close(seen[0][1], seen[1][1])  # the same noise, always
    for row in (0, 1):
        shown = {name: cell(grid, SIDE, row, column) for column, name in enumerate(COLUMNS)}
        truth = ((color[row].permute(1, 2, 0) + 1) * 127.5).numpy()
        assert np.abs(shown["truth"] - truth).max() <= 1
        assert np.array_equal(shown["4 steps"], shown["truth"])
        assert np.abs(255 - shown["1 step"] - truth).max() <= 1
        assert np.abs(shown["sketch"][..., 1] - ((sketch[row, 0] + 1) * 127.5).numpy()).max() <= 1
        assert (shown["evidence"] == 128).all()
        assert (shown["reference"] == 255).all()


def test_a_run_draws_grids_and_trains_as_without(pack_folder: Path, matcher_checkpoint: Path, tmp_path: Path) -> None:
    for name, every in (("with", 4), ("without", 0)):
        loop = replace(LOOP, sample_every=every)
        run(tiny_denoiser(pack_folder, matcher_checkpoint, loop), loop, tmp_path / name, CPU)
    drawn, plain = (read_checkpoint(tmp_path / name / "checkpoint.safetensors")[0] for name in ("with", "without"))
    torch.testing.assert_close(drawn, plain, rtol=0, atol=0)
    assert not (tmp_path / "without" / "samples").exists()
    paths = sorted((tmp_path / "with" / "samples").iterdir())
    assert [path.name for path in paths] == ["000000004.png", "000000008.png"]
    grids = [Image.open(path) for path in paths]
    assert grids[0].size == (len(COLUMNS) * (CONDITIONS.crop + GAP) - GAP, TITLE + ROWS * (CONDITIONS.crop + GAP) - GAP)
    for row in range(ROWS):  # the same samples in both, other results
        for column, name in enumerate(COLUMNS):
            early, late = (cell(grid, CONDITIONS.crop, row, column) for grid in grids)
            assert np.array_equal(early, late) != name.endswith(("step", "steps"))
