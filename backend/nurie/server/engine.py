"""The engine of a server: loaded once a job is to be expected, let go when idle, anew when its files have changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nurie.protocol import ModelError, NurieError
from nurie.server.memory import give_back

if TYPE_CHECKING:
    from nurie.colorizer import Colorizer
    from nurie.settings import Settings

__all__ = ["EngineHost", "host_for"]


@dataclass(frozen=True)
class _Loaded:
    model: str
    stamp: object
    colorizer: Colorizer


class EngineHost:
    """At most one loaded model. ``colorizer`` and ``let_go`` belong to the worker's thread, the rest to any.

    ``load`` opens a model by name. ``stamp`` is a value that changes when the files of that model do. ``asked`` is the
    engine and the device that the settings name; what was obtained is told beside it.
    """

    def __init__(
        self,
        load: Callable[[str], Colorizer],
        default: str = "compact",
        stamp: Callable[[str], object] = lambda model: None,
        names: Callable[[], list[str]] | None = None,
        asked: tuple[str, str] = ("auto", "auto"),
    ) -> None:
        self._load = load
        self._stamp = stamp
        self._asked = {"engine": asked[0], "device": asked[1]}
        self._names = names or (lambda: [default])
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()
        self.default = default
        self.loads = 0

    def colorizer(self, model: str) -> tuple[Colorizer, float]:
        """The model, and the seconds it took to load: 0 when it was there. Raises what ``nurie.load`` raises."""
        stamp = self._stamp(model)
        with self._lock:
            if self._loaded is not None and (self._loaded.model, self._loaded.stamp) == (model, stamp):
                return self._loaded.colorizer, 0.0
        self.let_go()
        started = time.perf_counter()
        colorizer = self._load(model)
        with self._lock:
            self._loaded = _Loaded(model, stamp, colorizer)
        self.loads += 1
        return colorizer, time.perf_counter() - started

    def let_go(self) -> bool:
        """Free the model and everything cached with it; whether there was one."""
        with self._lock:
            loaded, self._loaded = self._loaded, None
        if loaded is None:
            return False
        loaded.colorizer.cache.clear()
        del loaded
        give_back()
        return True

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    def check(self, model: str) -> None:
        """NurieError ``unknown_model`` unless this is the default or one of the installed ones: never a path."""
        if model != self.default and model not in self.names():
            raise NurieError(f"There is no model {model!r}.", "GET /v1/info lists them.", code="unknown_model")

    def names(self) -> list[str]:
        """What is installed; empty where that cannot be told."""
        try:
            return self._names()
        except (ModelError, OSError):
            return []

    def describe(self) -> dict[str, Any]:
        """What really runs, as ``GET /v1/info`` says it; nulls as long as nothing is loaded."""
        with self._lock:
            loaded = self._loaded
        engine = None if loaded is None else loaded.colorizer.engine
        return {
            # A model may have been given by hand as a path, which is nobody's business.
            "model": Path(self.default).name,
            "loaded": loaded is not None,
            "asked": self._asked,
            "engine": None if engine is None else engine.name,
            "device": None if engine is None else engine.device,
            "provider": None if engine is None else engine.provider,
        }


def host_for(settings: Settings) -> EngineHost:
    """The host of the model, engine and device that the settings name; nothing is loaded yet."""

    def load(model: str) -> Colorizer:
        from nurie import colorizer

        return colorizer.load(model, engine=settings.engine, device=settings.device, models=settings.models)

    def stamp(model: str) -> object:
        from nurie.runtime.store import find_model

        stored = find_model(model, settings.models)
        files = [stored.weights, stored.folder / "manifest.json"]
        return [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.exists()]

    def names() -> list[str]:
        from nurie.runtime.store import list_models

        return [stored.name for stored in list_models(settings.models)]

    return EngineHost(load, settings.model, stamp, names, (settings.engine, settings.device))
