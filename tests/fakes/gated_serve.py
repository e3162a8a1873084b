"""``python -m fakes.gated_serve FILE serve …``: the real ``nurie serve``, whose every step waits for leave.

FILE holds how many steps may be done altogether; none while it is not there. A process that starts later counts anew.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from fakes.engine import FakeEngine, Floats
from nurie import colorizer
from nurie.cli.main import main


class GatedEngine(FakeEngine):
    """Does its next step as soon as the file allows it."""

    def __init__(self, gate: Path) -> None:
        super().__init__()
        self._gate = gate
        self._begun = 0

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        self._begun += 1
        while self._begun > self._allowed():
            time.sleep(0.01)
        return super().denoise(x_t, t, sketch, evidence, tokens)

    def _allowed(self) -> int:
        try:
            return int(self._gate.read_text() or "0")
        except FileNotFoundError:
            return 0


if __name__ == "__main__":
    engine = GatedEngine(Path(sys.argv[1]))
    colorizer.load = lambda *_, **__: colorizer.Colorizer(engine)
    sys.exit(main(sys.argv[2:]))
