"""``nurie train ablation``: what each part of the recipe is worth, at one small budget and one seed.

From the seed paper's published code (which never tells its denoiser the timestep, and shows it a picture of the flow
where the warped colours should be) to our recipe, one change a row; every row is trained by the same loop on the same
samples, then measured on a folder of triples as ``nurie evaluate`` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from nurie.colorizer import Colorizer, load
from nurie.model.presets import Preset
from nurie.sampling import Sampling
from nurie.training.answers import model_runs
from nurie.training.checkpoints import read_checkpoint
from nurie.training.conditions import ConditionConfig, flow_picture
from nurie.training.evaluation import evaluate
from nurie.training.journal import keeping
from nurie.training.loop import LoopConfig, run
from nurie.training.ranks import first_rank
from nurie.training.scores import mean
from nurie.training.train_denoiser import ObjectiveConfig, denoiser_task
from nurie.training.triples import Triple

if TYPE_CHECKING:
    from nurie.imaging.evidence import Match
    from nurie.runtime.engine import Floats

__all__ = ["STEPS", "Variant", "ablate", "table", "variants"]

STEPS = (1, 4)
"""Step counts at which each row is measured."""
PHASE_2 = 2 / 3
"""Share of the run after which the last row goes over to phase 2."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Variant:
    """One row: what it adds to the row above, and how it is trained."""

    name: str
    conditions: ConditionConfig
    objective: ObjectiveConfig


def variants(full: ConditionConfig) -> list[Variant]:
    """The rows, of which the last two have the conditions ``full``, but for hints, which no row has."""
    full = replace(full, hints=0.0)
    always = replace(full, matched=1 - full.true, drop_reference=0.0, shuffle=0.0)
    published = replace(always, flow_picture=True)
    dropping = replace(full, shuffle=0.0)
    plain = ObjectiveConfig()
    return [
        Variant("as published: no timestep, flow picture", published, replace(plain, blind=True)),
        Variant("+ timestep", published, plain),
        Variant("+ warped pixels", always, plain),
        Variant("+ condition dropping", dropping, plain),
        Variant("+ patch shuffle", full, plain),
        Variant("+ phase 2", full, replace(plain, trajectory=0.35, trajectory_from=PHASE_2)),
    ]


def ablate(
    preset: Preset,
    pack: Path,
    matcher: Path,
    triples: Sequence[Triple],
    out: Path,
    loop: LoopConfig,
    full: ConditionConfig,
    device: torch.device,
) -> list[Row]:
    """Trains and measures every variant in a folder of ``out``; what is done is not done again.

    Under torchrun all ranks train and the first measures; the others get no rows. Raises as `run` and `evaluate` do.
    """
    rows = []
    for number, variant in enumerate(variants(full)):
        folder = out / f"{number}"
        task = denoiser_task(preset, pack, matcher, loop, variant.conditions, device, variant.objective)
        if first_rank():
            print(f"{variant.name} (in {folder})", flush=True)
        run(task, loop, folder, device)
        if first_rank():
            rows.append({"variant": variant.name} | _measured(folder, matcher, triples, variant, device))
    return rows


def _measured(
    folder: Path, matcher: Path, triples: Sequence[Triple], variant: Variant, device: torch.device
) -> dict[str, Any]:
    """The figures of the run in ``folder``, from its own notes where these are of the same weights and triples."""
    metadata = read_checkpoint(folder / "checkpoint.safetensors")[1]
    of = {"step": int(metadata["step"]), "triples": [triple.id for triple in triples]}
    notes = folder / "scores.json"
    if notes.exists():
        known: dict[str, Any] = json.loads(notes.read_text())
        if known["of"] == of:
            return dict(known["figures"])
    colorizer = _colorizer(folder, matcher, variant, device)
    runs = model_runs(colorizer, STEPS)
    scores = mean(list(evaluate(triples, runs)))
    figures = {f"{steps}": asdict(scores[name].foreground) for steps, name in zip(STEPS, runs, strict=True)}
    with keeping(folder):
        notes.write_text(json.dumps({"of": of, "figures": figures}))
    return figures


class _FlowPictures(Colorizer):
    """Colours as a variant does that was shown pictures of the flow."""

    def match(self, lines: Floats, picture: Floats) -> Match:
        return flow_picture(super().match(lines, picture))


def _colorizer(folder: Path, matcher: Path, variant: Variant, device: torch.device) -> Colorizer:
    from nurie_export.weights import export_weights  # here, since exporting imports training for its checkpoints

    weights = folder / "model.safetensors"
    export_weights(matcher, folder / "checkpoint.safetensors", weights, Sampling(steps=STEPS[-1]))
    colorizer = load(weights, engine="torch", device=str(device))
    return _FlowPictures(colorizer.engine) if variant.conditions.flow_picture else colorizer


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The figures over the foreground as a Markdown table, for the model card."""
    heads = [f"{figure}, {steps} step{'s' * (steps > 1)}" for steps in STEPS for figure in ("PSNR", "SSIM", "repaint")]
    lines = [f"| variant | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for row in rows:
        cells = [
            cell
            for steps in STEPS
            for found in [row[f"{steps}"]]
            for cell in (f"{found['psnr']:.2f} dB", f"{found['ssim']:.3f}", f"{100 * found['repaint']:.1f} %")
        ]
        lines.append(f"| {row['variant']} | {' | '.join(cells)} |")
    return "\n".join(lines)
