"""``nurie export``: weights, graphs, the whole model folder, its variants, or the plugin's zip with its lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import tyro

from nurie.diffusion.parameterization import PredictionType
from nurie.protocol import UsageError
from nurie.sampling import Sampling
from nurie_export.plugin_zip import LOCK
from nurie_export.variants_cli import COMMANDS as VARIANT_COMMANDS

__all__ = ["main"]

Out = Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="PATH")]
Checkpoint = Annotated[Path, tyro.conf.arg(metavar="CHECKPOINT")]


def weights(
    matcher: Checkpoint,
    denoiser: Checkpoint,
    out: Out,
    steps: int = 8,
    predicts: PredictionType | None = None,
    canvas: int | None = None,
    matcher_canvas: int | None = None,
) -> int:
    """Two training checkpoints into one weights file.

    Args:
        matcher: checkpoint of the matcher's run, or the weights file of a model that has it.
        denoiser: checkpoint of the denoiser's run, which holds the reference U-Net too, or a model's weights file.
        out: the weights file to write.
        steps: default number of sampling steps.
        predicts: what the denoiser's output stands for, where its run did not note it.
        canvas: side in pixels of the denoiser's canvas, where it shall not be that of training.
        matcher_canvas: the same for the matcher's.
    """
    from nurie_export.weights import export_weights

    try:
        sampling = Sampling(steps=steps)
    except ValueError as error:
        raise UsageError(f"The {error}.") from error
    given = {"denoiser": canvas, "matcher": matcher_canvas}
    sides = {name: side for name, side in given.items() if side is not None}
    export_weights(matcher, denoiser, out, sampling, predicts, sides)
    print(f"{out}: {out.stat().st_size:,} bytes", flush=True)
    return 0


def graphs(weights: Path) -> int:
    """ONNX graphs and the manifest beside a weights file, and their parity with PyTorch.

    Args:
        weights: the weights file; the graphs will point into it.
    """
    from nurie_export.folder import export_graphs

    for line in export_graphs(weights):
        print(line, flush=True)
    return 0


def everything(
    matcher: Checkpoint,
    denoiser: Checkpoint,
    out: Out,
    steps: int = 8,
    predicts: PredictionType | None = None,
    canvas: int | None = None,
    matcher_canvas: int | None = None,
) -> int:
    """Weights, graphs, manifest and parity: a model's whole folder.

    Args:
        matcher: checkpoint of the matcher's run, or the weights file of a model that has it.
        denoiser: checkpoint of the denoiser's run, which holds the reference U-Net too, or a model's weights file.
        out: the folder; its name is the model's.
        steps: default number of sampling steps.
        predicts: what the denoiser's output stands for, where its run did not note it.
        canvas: side in pixels of the denoiser's canvas, where it shall not be that of training.
        matcher_canvas: the same for the matcher's.
    """
    path = out / f"{out.resolve().name}.safetensors"
    return weights(matcher, denoiser, path, steps, predicts, canvas, matcher_canvas) or graphs(path)


def plugin_zip(out: Out) -> int:
    """The Krita plugin as the zip that Krita imports.

    Args:
        out: the file to write, or a folder, in which it is named after the version.
    """
    from nurie_export.plugin_zip import default_name, write_zip

    path = out if out.suffix == ".zip" else out / default_name()
    write_zip(path)
    print(f"{path}: {path.stat().st_size:,} bytes", flush=True)
    return 0


def lock(out: Out = LOCK) -> int:
    """Every wheel that the plugin may install for its backend, of versions that fit together, found by uv.

    Args:
        out: the file to write.
    """
    from nurie_export.lock import write_lock

    write_lock(out)
    print(f"{out}: {out.stat().st_size:,} bytes", flush=True)
    return 0


def main(argv: Sequence[str]) -> int:
    """Run one of the commands; returns the exit code."""
    commands: dict[str, Callable[..., int]] = {
        "weights": weights,
        "graphs": graphs,
        "all": everything,
        "zip": plugin_zip,
        **VARIANT_COMMANDS,
        "lock": lock,
    }
    code: int = tyro.extras.subcommand_cli_from_dict(commands, prog="nurie export", args=list(argv))
    return code
