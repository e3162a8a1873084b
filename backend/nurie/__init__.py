"""Nurie colours line art from a reference image.

>>> import nurie
>>> colorizer = nurie.load("compact")                                      # doctest: +SKIP
>>> colorizer.colorize("sketch.png", references=["reference.png"]).image    # doctest: +SKIP

Importing this package loads nothing heavy; ``load`` and ``Colorizer`` are fetched on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nurie.protocol import NurieError

if TYPE_CHECKING:
    from nurie.colorizer import Colorizer, Result, load

__all__ = ["Colorizer", "NurieError", "Result", "__version__", "load"]

__version__ = "0.1.0"

_LAZY = frozenset({"Colorizer", "Result", "load"})


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        # By name: every module imports this package, which must not count as importing the colorizer.
        return getattr(importlib.import_module("nurie.colorizer"), name)
    raise AttributeError(f"module 'nurie' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
