"""``nurie batch``: an animation or a folder of drawings, one set of references; run again, it goes on."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nurie.cli.bar import Bar
from nurie.cli.options import add_engine, add_references, add_sampling
from nurie.cli.report import print_json
from nurie.protocol import InputError, JobRequest, NurieError, UsageError

if TYPE_CHECKING:
    from nurie.cli.ledger import Ledger
    from nurie.cli.parser import Commands
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
    options = (arguments.steps, arguments.seed, arguments.guidance, arguments.style, settings.engine, settings.device)
    weights = find_model(settings.model, settings.models).weights
    ledger = Ledger(arguments.output, fingerprint([weights, *arguments.references], options))
    bench = Workbench(host_for(settings), Limits())
    started = time.perf_counter()
    found = _color_all(frames, arguments, ledger, bench)
    failed: list[tuple[Path, NurieError]] = found["failed"]
    if arguments.json:
        print_json(_answer(found, time.perf_counter() - started))
    else:
        counts = f"{len(found['coloured'])} coloured, {len(found['skipped'])} already there, {len(failed)} failed"
        print(f"{arguments.output}: {counts}")
        for frame, error in failed:
            print(f"{frame}: {' '.join(str(error).split())}")
    return failed[0][1].exit_code if failed else 0


def _color_all(
    frames: dict[Path, Path], arguments: argparse.Namespace, ledger: Ledger, bench: Workbench
) -> dict[str, Any]:
    found: dict[str, Any] = {"coloured": [], "skipped": [], "failed": []}
    with Bar(len(frames)) as bar:
        for frame, output in frames.items():
            bar.show(sum(map(len, found.values())), frame.name)
            try:
                if ledger.has(frame, output):
                    found["skipped"].append(output)
                    continue
                _color(frame, output, arguments, bench)
                ledger.add(frame, output)
                found["coloured"].append(output)
            except NurieError as error:
                # A model or a device that fails would fail every drawing alike.
                if not isinstance(error, (InputError, UsageError)) and not found["coloured"]:
                    raise
                found["failed"].append((frame, error))
        bar.show(len(frames), "")
    return found


def _color(frame: Path, output: Path, arguments: argparse.Namespace, bench: Workbench) -> None:
    from nurie.imaging.write import save_atomic
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
    result, _ = bench.color(request, files, silent())
    save_atomic(result.image, output)


def _answer(found: dict[str, Any], seconds: float) -> dict[str, Any]:
    return {
        "coloured": [str(path) for path in found["coloured"]],
        "skipped": [str(path) for path in found["skipped"]],
        "failed": [{"frame": str(frame), **error.as_dict()} for frame, error in found["failed"]],
        "seconds": round(seconds, 3),
    }
