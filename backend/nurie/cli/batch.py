"""``nurie batch``: an animation or a folder of drawings, one set of references; run again, it goes on."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from nurie.cli.bar import Bar
from nurie.cli.options import add_engine, add_references, add_sampling
from nurie.cli.report import print_json
from nurie.protocol import InputError, JobRequest, NurieError, UsageError

if TYPE_CHECKING:
    from nurie.cli.ledger import Ledger
    from nurie.cli.parser import Commands
    from nurie.colorizer import Result
    from nurie.imaging.fill import Fill
    from nurie.server.coloring import Workbench

__all__ = ["add_command"]


def add_command(commands: Commands) -> None:
    """``batch``."""
    parser = commands.add_parser(
        "batch",
        help="colour an animation or a folder of drawings",
        description="Colour many drawings from the same references. What is coloured already is left as it is when the "
        "same command is run again; a drawing that cannot be coloured does not stop the others.",
    )
    parser.add_argument("frames", type=Path, nargs="+", metavar="FRAME", help="drawings, or folders of drawings")
    add_references(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where NAME.png is written")
    add_sampling(parser, seed="of every drawing")
    parser.add_argument(
        "--animation",
        action="store_true",
        help="the drawings are frames, in this order: what moves keeps its colours (needs --style flats or shaded)",
    )
    add_engine(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Colour what is not coloured yet; the exit code is that of the first drawing that could not be."""
    from nurie.cli.frames import find_frames, make_folder
    from nurie.cli.ledger import Ledger, fingerprint
    from nurie.device import parse_device
    from nurie.inputs import check_options
    from nurie.settings import load_settings

    check_options(arguments.steps, arguments.seed, arguments.guidance, arguments.style)
    if arguments.animation and arguments.style not in ("flats", "shaded"):
        raise UsageError("--animation keeps the colours of areas.", "Add --style flats or --style shaded.")
    settings = load_settings(model=arguments.model, engine=arguments.engine, device=arguments.device)
    parse_device(settings.device)
    frames = find_frames(arguments.frames, arguments.output, arguments.references)
    for reference in arguments.references:
        if not reference.is_file():
            raise InputError(f"The reference {reference} does not exist.", "Check the path.")
    make_folder(arguments.output)

    from nurie.runtime.store import find_model
    from nurie.server.coloring import Workbench
    from nurie.server.engine import host_for
    from nurie.server.limits import Limits
    from nurie.server.memory import steady_heap

    steady_heap()
    options: list[object] = [arguments.steps, arguments.seed, arguments.guidance, arguments.style]
    options += [settings.engine, settings.device, *(["animation"] if arguments.animation else [])]
    weights = find_model(settings.model, settings.models).weights
    ledger = Ledger(arguments.output, fingerprint([weights, *arguments.references], tuple(options)))
    bench = Workbench(host_for(settings), Limits())
    started = time.perf_counter()
    found = _color_all(frames, arguments, ledger, bench)
    failed: list[tuple[Path, NurieError]] = found["failed"]
    if arguments.json:
        print_json(_answer(found, time.perf_counter() - started))
    else:
        counts = f"{len(found['coloured'])} coloured, {len(found['skipped'])} already there, {len(failed)} failed"
        print(f"{arguments.output}: {counts}")
        if found["flicker"]:
            now, then = (fmean(one) for one in zip(*found["flicker"], strict=True))
            print(f"flicker from frame to frame, CIEDE2000: {now:.2f}; as it was painted: {then:.2f}")
        for frame, error in failed:
            print(f"{frame}: {' '.join(str(error).split())}")
    return failed[0][1].exit_code if failed else 0


def _color_all(
    frames: dict[Path, Path], arguments: argparse.Namespace, ledger: Ledger, bench: Workbench
) -> dict[str, Any]:
    from nurie.imaging.write import save_atomic

    found: dict[str, Any] = {"coloured": [], "skipped": [], "failed": [], "flicker": []}
    there = [ledger.has(frame, output) for frame, output in frames.items()]
    if arguments.animation and not all(there):
        # A frame's colours depend on all frames before it.
        there = [False] * len(there)
    before: Fill | None = None
    with Bar(len(frames)) as bar:
        for number, (frame, output) in enumerate(frames.items()):
            bar.show(number, frame.name)
            try:
                if there[number]:
                    found["skipped"].append(output)
                    continue
                result = _color(frame, arguments, bench)
                if arguments.animation:
                    result, before = _steady(result, before, found["flicker"])
                save_atomic(result.picture, output)
                ledger.add(frame, output)
                found["coloured"].append(output)
            except NurieError as error:
                # A model or a device that fails would fail every drawing alike.
                if not isinstance(error, (InputError, UsageError)) and not found["coloured"]:
                    raise
                found["failed"].append((frame, error))
        bar.show(len(frames), "")
    return found


def _steady(result: Result, before: Fill | None, flicker: list[tuple[float, float]]) -> tuple[Result, Fill | None]:
    """The frame in the colours of the last one that had areas, and its own areas for the next."""
    from nurie.imaging.steady import steadied

    if result.painting is None:
        return result, before
    if before is None:
        return result, result.painting.fill
    steady = steadied(before, result.painting)
    if steady.flicker is None or steady.painted is None:
        return result, result.painting.fill
    flicker.append((steady.flicker, steady.painted))
    return result.with_painting(steady.painting), steady.painting.fill


def _color(frame: Path, arguments: argparse.Namespace, bench: Workbench) -> Result:
    from nurie.server.coloring import silent

    names = [str(reference) for reference in arguments.references]
    request = JobRequest(
        str(frame),
        tuple(names),
        steps=arguments.steps,
        seed=arguments.seed,
        guidance=arguments.guidance,
        style=arguments.style,
    )
    files = {str(frame): frame, **dict(zip(names, arguments.references, strict=True))}
    return bench.color(request, files, silent())[0]


def _answer(found: dict[str, Any], seconds: float) -> dict[str, Any]:
    return {
        "coloured": [str(path) for path in found["coloured"]],
        "skipped": [str(path) for path in found["skipped"]],
        "failed": [{"frame": str(frame), **error.as_dict()} for frame, error in found["failed"]],
        "flicker": [{"shown": round(now, 3), "painted": round(then, 3)} for now, then in found["flicker"]],
        "seconds": round(seconds, 3),
    }
