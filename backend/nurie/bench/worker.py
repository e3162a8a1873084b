"""``python -m nurie.bench.worker KIND TASK``: one measurement; its events as JSON lines on stdout."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from nurie.protocol import NurieError

__all__ = ["KINDS", "main"]

KINDS = {
    "color": "nurie.bench.coloring:measure",
    "peer": "nurie.bench.peer:measure",
    "ceiling": "nurie.bench.ceiling:measure",
    "kernels": "nurie.bench.kernels:measure",
    "prepare": "nurie.bench.models:prepare",
    "gpu": "nurie.bench.gpu:measure",
    "growth": "nurie.bench.growth:measure",
    "training": "nurie.training.step_speed:measure",
}
"""What can be measured: a function of the task and of what it calls once its libraries are imported."""


def main(kind: str, task: Mapping[str, Any]) -> int:
    """Measure, and print what came of it."""
    # Libraries print to stdout what they like; the events keep it for themselves.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as events:
        os.dup2(2, 1)

        def tell(event: str, **fields: Any) -> None:
            print(json.dumps({"event": event, **fields}), file=events, flush=True)

        module, _, function = KINDS[kind].partition(":")
        try:
            measure: Callable[..., dict[str, Any]] = getattr(importlib.import_module(module), function)
            tell("done", result=measure(task, lambda: tell("ready")))
        except NurieError as error:
            tell("failed", message=error.message, advice=error.advice)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
