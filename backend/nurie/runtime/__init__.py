"""Engines that run a stored model. Importing this package imports no engine; opening one does."""

from __future__ import annotations

from nurie.runtime.engine import Engine
from nurie.runtime.engines import load_engine

__all__ = ["Engine", "load_engine"]
