"""``nurie bench``: speed and memory on this machine, beside a stated peer and the machine's own ceiling."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nurie.cli.report import print_json
from nurie.protocol import UsageError

if TYPE_CHECKING:
    from nurie.cli.parser import Commands

__all__ = ["add_command"]

_ENGINES = ("auto", "onnx", "openvino", "torch")
_GROWTHS = ("canvas", "regions", "flats", "shaded", "steps", "references", "batch", "queue")


def add_command(commands: Commands) -> None:
    """``bench``."""
    parser = commands.add_parser(
        "bench",
        help="measure speed and memory of every engine present",
        description="Measure every engine present, in turns and in processes of their own, beside a U-Net of "
        "AnimeDiffusion's size and the largest matrix product of this machine. Takes minutes; let nothing else run.",
    )
    parser.add_argument(
        "--engines", nargs="+", choices=_ENGINES, metavar="ENGINE", help="default: auto and all present"
    )
    parser.add_argument("--devices", nargs="+", metavar="DEVICE", help="cpu, cuda, cuda:N, mps (default: all present)")
    parser.add_argument("--presets", nargs="+", default=["compact"], metavar="MODEL", help="compact, paper or a path")
    parser.add_argument("--steps", nargs="+", type=int, metavar="N", help="default: as the model is shipped")
    parser.add_argument(
        "--sizes", nargs="+", type=_size, metavar="PX", help="working sizes; 'own' is the model's (default: 256 own)"
    )
    parser.add_argument("--drawing", type=_sides, metavar="WxH", help="size of the drawing (default: the working size)")
    parser.add_argument("--repeats", type=_natural, default=3, metavar="N", help="interleaved runs (default: 3)")
    parser.add_argument("--threads", type=_natural, metavar="N", help="default: one a physical core")
    parser.add_argument("--no-peer", action="store_true", help="do not measure the peer, which takes most of the time")
    parser.add_argument("--no-profile", action="store_true", help="do not look into the engines' kernels")
    parser.add_argument(
        "--growth",
        nargs="*",
        choices=_GROWTHS,
        metavar="WHAT",
        help=f"instead: time and memory against {', '.join(_GROWTHS)} (default: all)",
    )
    parser.add_argument("--plot", type=Path, metavar="OUT", help="with --growth: draw it, as .png or .webp")
    parser.add_argument("--training", action="store_true", help="instead: the training step beside a plain eager loop")
    parser.add_argument(
        "--compiled", action="store_true", help="with --training: torch.compile too, which takes minutes to begin"
    )
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--json", action="store_true", help="print one JSON object")
    answer.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.training and arguments.growth is not None:
        raise UsageError("--growth and --training are two measurements.", "Ask for one of them.")
    if arguments.plot and arguments.growth is None:
        raise UsageError("--plot shows growth.", "Add --growth.")
    if arguments.compiled and not arguments.training:
        raise UsageError("--compiled is about training.", "Add --training.")
    if arguments.training:
        return _training(arguments)
    if arguments.growth is not None:
        return _growth(arguments)
    return _table(arguments)


def _table(arguments: argparse.Namespace) -> int:
    from nurie.bench import table
    from nurie.bench.cases import grid
    from nurie.bench.jobs import Options
    from nurie.bench.models import describe
    from nurie.bench.present import devices, engines
    from nurie.bench.run import run
    from nurie.inputs import check_options
    from nurie.settings import load_settings

    models = load_settings().models
    for steps in arguments.steps or ():
        check_options(steps, 0, None)
    cases = []
    for model in arguments.presets:
        shipped = describe(model, models)
        steps = tuple(dict.fromkeys(arguments.steps or [shipped.sampling.steps]))
        sizes = dict.fromkeys(
            None if size == shipped.canvases.denoiser else size for size in arguments.sizes or (256, None)
        )
        cases += grid(arguments.engines or engines(), arguments.devices or devices(), [model], sizes, steps)
    options = Options(
        arguments.repeats, arguments.threads, arguments.drawing, models, not arguments.no_peer, not arguments.no_profile
    )
    report = run(cases, options, _told())
    return _answer(report, arguments, table.markdown(report) if arguments.markdown else table.text(report))


def _growth(arguments: argparse.Namespace) -> int:
    from nurie.bench.growths import grow, text
    from nurie.bench.plot import draw
    from nurie.cli.output import check_output
    from nurie.imaging.write import save_atomic
    from nurie.settings import load_settings

    if arguments.plot:
        check_output(arguments.plot, [])
    settings = load_settings()
    task = {
        "engine": (arguments.engines or ["auto"])[0],
        "device": (arguments.devices or ["cpu"])[0],
        "model": arguments.presets[0],
        "models": str(settings.models),
    }
    report = grow(arguments.growth or _GROWTHS, task, arguments.repeats, arguments.threads, _told())
    if arguments.plot:
        save_atomic(draw(report["growths"], busy=bool(report["warnings"])), arguments.plot)
    return _answer(report, arguments, text(report, markdown=arguments.markdown))


def _training(arguments: argparse.Namespace) -> int:
    from nurie.bench import trainings

    device = (arguments.devices or ["cpu"])[0]
    report = trainings.run(
        arguments.presets[0], device, arguments.repeats, arguments.threads, _told(), compiled=arguments.compiled
    )
    return _answer(report, arguments, trainings.text(report, markdown=arguments.markdown))


def _answer(report: dict[str, Any], arguments: argparse.Namespace, shown: str) -> int:
    if arguments.json:
        for warning in report["warnings"]:
            print(f"nurie: {warning}", file=sys.stderr, flush=True)
        print_json(report)
    else:
        print(shown)
    return 0


def _told() -> Callable[[int, int, str], None]:
    """A progress bar that learns its length with the first that is told."""
    from nurie.cli.bar import Bar

    bars: dict[int, Bar] = {}
    return lambda done, total, what: bars.setdefault(total, Bar(total)).show(done, what)


def _natural(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)


def _size(text: str) -> int | None:
    if text == "own":
        return None
    side = _natural(text)
    if side % 32:
        raise argparse.ArgumentTypeError(f"a working size must be a multiple of 32 pixels, not {text}")
    return side


def _sides(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return _natural(width), _natural(height)
