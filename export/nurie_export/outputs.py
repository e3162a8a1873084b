"""``python -m nurie_export.outputs WEIGHTS ENGINE VARIANT OUT``: what one engine answers, to be compared elsewhere.

A process of its own for each engine: OpenVINO and PyTorch crash beside each other in some versions.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from nurie.colorizer import Colorizer
from nurie.device import Device
from nurie.protocol import ModelError
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.description import read_description
from nurie.runtime.engine import Floats
from nurie.runtime.engines import load_engine
from nurie_export.parity import log_p, model_outputs, random_inputs

__all__ = ["outputs_of"]


def outputs_of(weights: Path, engine: str, variant: str) -> dict[str, Floats]:
    """The output of each network for the same noise, and "picture" (H, W, 3), a whole colouring in 8-bit levels.

    ModelError with the other process' last words where it fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "outputs.npz"
        command = [sys.executable, "-m", __name__, str(weights), engine, variant, str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        if done.returncode or not out.is_file():
            words = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
            raise ModelError(f"The {engine} engine did not run {variant} ({words}).", "Is it installed?")
        with np.load(out) as found:
            return {name: found[name] for name in found.files}


def drawing() -> tuple[Image.Image, Image.Image]:
    """A figure of a few lines, and the same in colours, at another place and size."""
    sketch, reference = Image.new("L", (420, 520), 255), Image.new("RGB", (480, 500), "white")
    lines, colours = ImageDraw.Draw(sketch), ImageDraw.Draw(reference)
    for box, colour in (
        ((130, 40, 290, 220), "#f2c9a0"),
        ((90, 220, 330, 480), "#3a6ea5"),
        ((150, 60, 270, 110), "#7a3b1d"),
    ):
        lines.ellipse(box, outline=0, width=4)
        colours.ellipse(tuple(value + 30 for value in box), fill=colour, outline="black", width=3)
    return sketch, reference


def _outputs(engine: CanvasEngine, weights: Path) -> dict[str, Floats]:
    inputs = random_inputs(read_description(weights))
    sketch, reference = drawing()
    picture = Colorizer(engine).colorize(sketch, reference, seed=1).image
    return {
        "matcher": log_p(engine, inputs),
        "reference": engine.network_encode(inputs.image),
        "denoiser": model_outputs(engine, inputs),
        "picture": np.asarray(picture, np.float32),
    }


def _main(weights: str, engine: str, variant: str, out: str) -> None:
    opened = load_engine(weights, engine, Device("cpu"), variant=variant)
    if not isinstance(opened, CanvasEngine):
        raise TypeError(f"{engine} has no networks to ask")
    np.savez(out, allow_pickle=False, **_outputs(opened, Path(weights)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
