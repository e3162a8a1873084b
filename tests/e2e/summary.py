"""``python tests/e2e/summary.py``: what the last runs in each Krita came to, a line for each case."""

from __future__ import annotations

import json
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build" / "e2e"


def lines(build: Path = BUILD) -> list[str]:
    """``5.1.5  colorize  45 checks  passed``, sorted by version and case; failures indented below."""
    found = []
    for path in build.glob("*/*/out/report.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        outcome = "FAILED" if told["failures"] else "passed"
        row = f"{told['krita'] or path.parts[-4]:<12} {path.parts[-3]:<16} {told['checks']:>4} checks  {outcome}"
        found.append("\n    ".join([row, *(failure.splitlines()[0] for failure in told["failures"])]))
    return sorted(found)


if __name__ == "__main__":
    print("\n".join(lines()))
    sys.exit(any("FAILED" in line for line in lines()))
