"""How commands answer: one sentence on stderr or one JSON object on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from nurie.protocol import NurieError

__all__ = ["print_json", "report_failure"]


def print_json(answer: Mapping[str, Any]) -> None:
    """Print one JSON object as one line on stdout."""
    print(json.dumps(answer, ensure_ascii=False, allow_nan=False), flush=True)


def report_failure(error: NurieError, *, as_json: bool) -> int:
    """Say what went wrong, and return the exit code that says it to programs."""
    print(f"nurie: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
    if as_json:
        print_json(error.as_dict())
    return error.exit_code
