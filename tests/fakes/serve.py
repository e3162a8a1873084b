"""``python -m fakes.serve KIND serve …``: the real ``nurie serve`` with a fake engine in the model's place.

KIND: ``endless``, each of whose steps takes two minutes, or ``quick``.
"""

from __future__ import annotations

import sys
import threading

from fakes.engine import FakeEngine, Floats
from nurie import colorizer
from nurie.cli.main import main


class EndlessEngine(FakeEngine):
    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        threading.Event().wait(120)
        raise AssertionError("nobody stopped me")


if __name__ == "__main__":
    engine = {"endless": EndlessEngine, "quick": FakeEngine}[sys.argv.pop(1)]()
    colorizer.load = lambda *_, **__: colorizer.Colorizer(engine)
    sys.exit(main())
