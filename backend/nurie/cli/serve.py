"""``nurie serve``: the backend. The Krita plugin starts it by itself; by hand it serves other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nurie.cli.restart import without_thread_caches
from nurie.protocol import UsageError

if TYPE_CHECKING:
    from nurie.cli.parser import Commands

__all__ = ["add_command"]

_LOOPBACK = "127.0.0.1"
_CALIBRATE = 120.0


def add_command(commands: Commands) -> None:
    """``serve``."""
    parser = commands.add_parser(
        "serve",
        help="run the backend that the Krita plugin and other programs talk to",
        description="Serve over HTTP on this computer until stdin closes or the process is told to end. The token "
        "comes from the variable NURIE_TOKEN or from stdin; without one, one is made and written to the run file.",
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port (default: any free one, see ready line)")
    parser.add_argument("--model", metavar="compact|paper|PATH", help="the model (default: compact)")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="folder of installed models")
    parser.add_argument("--engine", choices=("auto", "torch", "onnx", "openvino"), help="what runs it (default: auto)")
    parser.add_argument("--device", metavar="auto|cpu|cuda[:N]|mps", help="where it runs (default: auto)")
    parser.add_argument("--token-stdin", action="store_true", help="read the token from the first line of stdin")
    parser.add_argument("--run-file", type=Path, metavar="FILE", help="write address and token to this private file")
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="log file, - is stderr (default: in the user's folder)"
    )
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="let the model go after so long without a job")
    parser.add_argument(
        "--calibrate",
        type=float,
        default=_CALIBRATE,
        metavar="SECONDS",
        help="find out the fastest engine after so long without a job, once; 0: never (default: %(default)g)",
    )
    network = parser.add_argument_group("other computers", "all three, and a token, are needed to serve these")
    network.add_argument("--host", default=_LOOPBACK, metavar="ADDRESS", help=f"listen there (default: {_LOOPBACK})")
    network.add_argument("--certificate", type=Path, metavar="FILE", help="TLS certificate, PEM")
    network.add_argument("--key", type=Path, metavar="FILE", help="its private key, PEM")
    network.add_argument("--name", action="append", default=[], help="a host name that clients use; may be repeated")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything, listen, serve. No model is loaded before the first picture comes."""
    without_thread_caches("serve")  # before the server's modules are read, which would be read twice
    from nurie.device import parse_device
    from nurie.server.calibrating import idle_calibration
    from nurie.server.engine import host_for
    from nurie.server.limits import Limits
    from nurie.server.logs import default_log_file, open_log
    from nurie.server.process import bind, serve
    from nurie.server.runfile import default_run_file, remove_run_file, write_run_file
    from nurie.server.settings import ServerSettings
    from nurie.server.token import new_token, take_token
    from nurie.settings import load_settings

    if not 0 <= arguments.port <= 65535:
        raise UsageError("A port is a number from 0 to 65535.")
    settings = load_settings(
        model=arguments.model, engine=arguments.engine, device=arguments.device, models=arguments.models
    )
    parse_device(settings.device)
    given = take_token(from_stdin=arguments.token_stdin)
    tls = _check_network(arguments, given)
    limits = Limits() if arguments.idle is None else Limits(idle_seconds=_positive(arguments.idle))
    token = given or new_token()
    # Whoever gave the token knows the rest from the ready line.
    run_file = arguments.run_file or (None if given else default_run_file())
    listener = bind(arguments.host, arguments.port)

    def ready(port: int) -> None:
        if run_file is not None:
            write_run_file(run_file, f"{'http' if tls is None else 'https'}://{arguments.host}:{port}", token)

    try:
        open_log(None if str(arguments.log) == "-" else arguments.log or default_log_file())
        calibration = idle_calibration(settings, arguments.calibrate)
        server = ServerSettings(token, limits, tuple(arguments.name), calibration)
        serve(server, host_for(settings), listener, tls=tls, ready=ready)
    finally:
        listener.close()
        if run_file is not None:
            remove_run_file(run_file)
    return 0


def _check_network(arguments: argparse.Namespace, token: str | None) -> tuple[Path, Path] | None:
    """Certificate and key; UsageError for an address beyond this computer without them or without a token."""
    files = arguments.certificate, arguments.key
    for file in files:
        if file is not None and not file.is_file():
            raise UsageError(f"The file {file} does not exist.", "Check the path.")
    if arguments.host != _LOOPBACK and (token is None or None in files):
        raise UsageError(
            f"Serving on {arguments.host} needs a token, a certificate and its key.",
            "Set NURIE_TOKEN and give --certificate and --key, or leave --host out.",
        )
    if files.count(None) == 1:
        raise UsageError("A certificate and its key belong together.", "Give --certificate and --key.")
    return None if None in files else files


def _positive(seconds: float) -> float:
    if not 1 <= seconds <= 1e6:
        raise UsageError("--idle takes 1 second or more.")
    return seconds
