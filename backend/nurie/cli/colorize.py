"""``nurie colorize``: one drawing, one or several references, one picture."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nurie.cli.options import add_engine, add_references, add_sampling
from nurie.cli.report import print_json

if TYPE_CHECKING:
    from nurie.cli.parser import Commands
    from nurie.colorizer import Result

__all__ = ["add_command"]

_CONTROLS = ("hints", "points", "mask")


def add_command(commands: Commands) -> None:
    parser = commands.add_parser(
        "colorize",
        help="colour a drawing from a reference image",
        description="Colour a drawing from one or several reference images; the lines stay the artist's own.",
    )
    parser.add_argument("sketch", type=Path, metavar="SKETCH", help="the line art: png, jpg, webp, tif, …")
    add_references(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="the picture: .png or .webp; its layers: .ora or .psd",
    )
    add_sampling(parser, seed="same seed, same picture")
    parser.add_argument(
        "--hints", type=Path, metavar="HINTS.png", help="strokes of colour on transparent ground, of the sketch's size"
    )
    parser.add_argument(
        "--points",
        type=Path,
        metavar="POINTS.json",
        help='places that belong together, in pixels: [{"sketch": [x, y], "reference": [x, y], "image": 0}, …]',
    )
    parser.add_argument(
        "--mask", type=Path, metavar="MASK.png", help="colour only where this picture of the sketch's size is white"
    )
    parser.add_argument(
        "--depth",
        type=int,
        metavar="8|16",
        help="bits a channel of .png, .ora and .psd (default: 16 when the drawing or a reference has 16, else 8)",
    )
    add_engine(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that can be checked without the model, then load it, colour, and write."""
    started = time.perf_counter()
    from nurie.cli.output import check_depth, check_output
    from nurie.device import parse_device
    from nurie.inputs import check_options, read_inputs
    from nurie.settings import load_settings

    check_options(arguments.steps, arguments.seed, arguments.guidance, arguments.style, arguments.depth)
    settings = load_settings(model=arguments.model, engine=arguments.engine, device=arguments.device)
    parse_device(settings.device)
    controls = {name: getattr(arguments, name) for name in _CONTROLS if getattr(arguments, name) is not None}
    check_output(arguments.output, [arguments.sketch, *arguments.references, *controls.values()], arguments.depth)
    reading = time.perf_counter()
    inputs = read_inputs(arguments.sketch, arguments.references, **controls)
    suffix = arguments.output.suffix.lower()
    depth = 8 if suffix == ".webp" else inputs.depth if arguments.depth is None else arguments.depth
    check_depth(suffix, depth)
    read = time.perf_counter()

    from nurie import colorizer
    from nurie.imaging.layers import to_layers
    from nurie.imaging.write import LAYERED, save_atomic, save_layers

    model = colorizer.load(settings.model, engine=settings.engine, device=settings.device, models=settings.models)
    layered = suffix in LAYERED
    # Layers are areas, shadows and lights, which the model's picture as it is does not have.
    style = "shaded" if layered and arguments.style is None else arguments.style
    result = model.colorize(
        inputs, steps=arguments.steps, seed=arguments.seed, guidance=arguments.guidance, style=style, depth=depth
    )
    writing = time.perf_counter()
    if layered and result.painting is not None:
        save_layers(to_layers(result.painting), arguments.output)
    else:
        save_atomic(result.picture, arguments.output)
    ended = time.perf_counter()
    # Of the whole command: reading and writing the pictures is imaging too.
    timings = {**result.timings, "total": ended - started}
    timings["imaging"] += (read - reading) + (ended - writing)
    answer = _answer(result, arguments.output, timings)
    if arguments.json:
        print_json(answer)
    else:
        size = f"{answer['width']} × {answer['height']}" + (" × 16 bit" if depth == 16 else "")
        seconds = f"{answer['timings']['total']:.1f} s"
        print(f"{answer['output']}: {size}, {seconds}, {result.model} model, {result.engine} on {result.device}")
    return 0


def _answer(result: Result, output: Path, timings: Mapping[str, float]) -> dict[str, Any]:
    """The success object of the contract."""
    return {
        "output": str(output),
        "width": result.image.width,
        "height": result.image.height,
        "steps": result.steps,
        "seed": result.seed,
        "model": result.model,
        "engine": result.engine,
        "device": result.device,
        **({} if result.image16 is None else {"depth": 16}),
        "timings": {name: round(seconds, 4) for name, seconds in timings.items()},
    }
