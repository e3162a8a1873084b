"""The losses: smallest at the truth, and the figures say what they claim."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nurie.protocol import ModelError
from nurie.training.checkpoints import load_ema
from nurie.training.loader import batches
from nurie.training.loop import run
from nurie.training.train_denoiser import Networks, last_step_psnr, pixel_weights, x0_loss
from nurie.training.train_matcher import load_matcher, matching_loss
from training.runs import CPU, LOOP, TINY, tiny_denoiser, tiny_matcher

GRID = 4
CELLS = GRID * GRID


def centres() -> Tensor:
    """Every cell matched with itself, (1, GRID, GRID, 2)."""
    along = (torch.arange(GRID) + 0.5) / GRID
    return torch.stack(torch.meshgrid(along, along, indexing="xy"), dim=2)[None]


def log_p(logits: Tensor) -> Tensor:
    return logits.log_softmax(dim=2)


def test_matching_loss_is_smallest_at_the_true_match() -> None:
    matches = centres()
    matches[0, 0, 0] = -1  # no partner
    truth = torch.arange(CELLS)
    truth[0] = CELLS
    logits = torch.zeros(1, CELLS, CELLS + 1)
    logits[0, torch.arange(CELLS), truth] = 20
    best, figures = matching_loss(log_p(logits), matches)
    assert float(best) < 1e-4
    assert float(figures["pck05"]) == 1
    for cell in range(CELLS):  # any one cell elsewhere is worse
        wrong = logits.clone()
        wrong[0, cell] = wrong[0, cell].roll(1)
        assert matching_loss(log_p(wrong), matches)[0] > best + 0.5


def test_a_place_between_cells_is_shared_by_them() -> None:
    matches = torch.full((1, GRID, GRID, 2), -2.0)
    matches[0, 0, 0] = torch.tensor([1.25 / GRID, 0.5 / GRID])  # a quarter of a cell left of cell 1's centre
    logits = torch.full((1, CELLS, CELLS + 1), -20.0, requires_grad=True)
    (gradient,) = torch.autograd.grad(matching_loss(log_p(logits), matches)[0], logits)
    pull = gradient[0, 0] - log_p(logits.detach())[0, 0].exp()
    torch.testing.assert_close(pull[:2], torch.tensor([-0.25, -0.75]), atol=1e-5, rtol=0)
    torch.testing.assert_close(pull[2:], torch.zeros(CELLS - 1), atol=1e-5, rtol=0)
    assert not gradient[0, 1:].any()  # what is not known teaches nothing


def test_pck_counts_cells_within_the_radius() -> None:
    logits = torch.zeros(1, CELLS, CELLS + 1)
    logits[0, torch.arange(CELLS), torch.arange(CELLS)] = 20
    matches = centres()
    matches[0, :2, :, 0] += 0.07  # half of the cells are off by 7 % of the canvas
    figures = matching_loss(log_p(logits), matches)[1]
    assert float(figures["pck05"]) == 0.5
    assert float(figures["pck10"]) == 1


def test_nothing_known_is_no_loss() -> None:
    logits = torch.zeros(1, CELLS, CELLS + 1, requires_grad=True)
    value, _ = matching_loss(log_p(logits), torch.full((1, GRID, GRID, 2), -2.0))
    assert float(value.detach()) == 0


def test_the_figure_counts_more_than_paper_and_ink() -> None:
    color = torch.ones(1, 3, 1, 3)
    color[..., 0] = 0.2
    sketch = torch.tensor([[[[1.0, 1.0, -1.0]]]])
    torch.testing.assert_close(pixel_weights(color, sketch, 0.25)[0, 0, 0], torch.tensor([1.0, 0.25, 0.1]))


def test_x0_loss_is_zero_at_the_truth_only() -> None:
    color = torch.rand(2, 3, 4, 4)
    weights = torch.ones(2, 1, 4, 4)
    assert not x0_loss(color, color, weights).any()
    torch.testing.assert_close(x0_loss(color + 0.5, color, weights), torch.full((2,), 0.25 + 0.1))


def test_psnr_is_of_the_last_timestep_where_there_is_one() -> None:
    color = torch.zeros(2, 3, 32, 32)
    estimate = color.clone()
    estimate[0] += 0.2  # 20 dB in a range of 2
    estimate[1] += 2.0  # 0 dB
    assert float(last_step_psnr(estimate, color, torch.tensor([True, False]))) == pytest.approx(20, abs=0.01)
    assert float(last_step_psnr(estimate, color, torch.tensor([False, False]))) == pytest.approx(10, abs=0.01)


def test_denoiser_loss_reaches_every_parameter_once_the_head_has_moved(
    pack_folder: Path, matcher_checkpoint: Path
) -> None:
    task = tiny_denoiser(pack_folder, matcher_checkpoint)
    torch.manual_seed(0)
    for parameter in task.model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    batch = next(batches(task.dataset, [range(2)], workers=0, device=CPU))
    batch["keep_reference"] = torch.ones(2)
    task.loss(batch, 0)[0].backward()  # type: ignore[no-untyped-call]
    assert [name for name, p in task.model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_bfloat16_trains_the_same_way_only_coarser(pack_folder: Path, matcher_checkpoint: Path, tmp_path: Path) -> None:
    loop = replace(LOOP, steps=1)
    for name, make in (("matcher", tiny_matcher), ("denoiser", lambda pack: tiny_denoiser(pack, matcher_checkpoint))):
        figures = []
        for precision in ("fp32", "bf16"):
            out = tmp_path / f"{name} {precision}"
            run(make(pack_folder), replace(loop, precision=precision), out, CPU)
            figures.append(json.loads((out / "stats.jsonl").read_text()))
        assert figures[1]["loss"] == pytest.approx(figures[0]["loss"], rel=0.05)
        assert figures[1]["gradient"] == pytest.approx(figures[0]["gradient"], rel=0.1)
        assert figures[1]["gradient"] != figures[0]["gradient"]
        assert load_ema(out / "checkpoint.safetensors").keys() == make(pack_folder).model.state_dict().keys()


def test_a_matcher_is_read_with_its_own_sizes(matcher_checkpoint: Path, tmp_path: Path) -> None:
    assert load_matcher(matcher_checkpoint).config.dim == 16
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="damaged"):
        load_matcher(tmp_path / "x.safetensors")


def test_both_networks_of_a_denoiser_are_compiled() -> None:
    model = Networks(TINY)
    model.compile(backend="eager")
    compiled = {name for name, module in model.named_modules() if module._compiled_call_impl is not None}
    assert compiled == {"reference", "denoiser"}
