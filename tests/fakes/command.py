"""The real ``nurie`` command in a process of its own, with a fake engine in the model's place.

``python command.py [--slow] [--disk BYTES] ARGUMENTS…``: slow prints ``denoising`` and waits to be stopped; disk is
how much one file may hold.
"""

from __future__ import annotations

import resource
import sys
import threading

from fakes.engine import FakeEngine, Floats
from nurie import colorizer
from nurie.cli.main import main


class SlowEngine(FakeEngine):
    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        print("denoising", flush=True)
        threading.Event().wait(120)
        raise AssertionError("nobody stopped me")


def run(arguments: list[str]) -> int:
    engine = FakeEngine()
    if arguments[0] == "--slow":
        engine, arguments = SlowEngine(), arguments[1:]
    if arguments[0] == "--disk":
        limit, arguments = int(arguments[1]), arguments[2:]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    colorizer.load = lambda *_, **__: colorizer.Colorizer(engine)
    return main(arguments)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
