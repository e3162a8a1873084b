# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist chooses before a colouring: steps, guidance, seed, where the colour goes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .forms import FORMS, LAYER
from .host import AUTOMATIC, PLACEMENTS
from .qt import QtCore, Signal

__all__ = ["GUIDANCE", "PRESETS", "SEEDS", "STEPS", "STYLES", "WORKING_SIZES", "OptionValues", "Options"]

STEPS = (1, 50)
"""Fewest and most."""

PRESETS: Mapping[str, int] = {"draft": 1, "good": 2, "best": 4}
"""Steps of each quality: on the validation set more than four make no picture better."""

GUIDANCE = (0.0, 3.0)
"""How closely the reference is followed, least and most; None instead is the model's own."""

SEEDS = (0, 999_999)
"""Short enough to be read out, written down and put into a layer's name."""

STYLES = ("flats", "shaded", "soft")

WORKING_SIZES = (1, 2, 4)
"""What the drawing's sides are divided by before it is sent; the color comes back at its own size."""


@dataclass(frozen=True)
class OptionValues:
    """One set of choices; None where the model's own is meant.

    form: one of ``forms.FORMS``; some have a style of their own (``forms.style_of``). placement: one of
    ``host.PLACEMENTS``. source: id of a ``host.Source``. selection_only: colour within the selection where there is
    one. working_size: one of ``WORKING_SIZES``. live_preview: show on the canvas what is being made. auto_apply: make a
    layer of it at once.
    """

    steps: int = PRESETS["good"]
    guidance: float | None = None
    seed: int = 0
    keep_seed: bool = False
    style: str | None = "shaded"
    working_size: int = 1
    form: str = LAYER
    placement: str = AUTOMATIC
    selection_only: bool = True
    source: str = "active"
    live_preview: bool = True
    auto_apply: bool = True

    @property
    def preset(self) -> str | None:
        """Name of the quality that has these steps, None for one's own number."""
        return next((name for name, steps in PRESETS.items() if steps == self.steps), None)

    def changed(self, **changes: object) -> OptionValues:
        """A copy with these fields; numbers are brought into range, what makes no sense is left as it was."""
        read = {name: _READERS[name](value, getattr(self, name)) for name, value in changes.items() if name in _READERS}
        return replace(self, **read)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> OptionValues:
        """What ``to_dict`` wrote; tolerant: unknown fields are skipped, unusable ones get their default."""
        return cls().changed(**{str(key): value for key, value in data.items()}) if isinstance(data, Mapping) else cls()


class Options(QtCore.QObject):
    """The panel's choices: read ``values``, write with ``set``; ``changed`` names each field that became another."""

    changed = Signal(str)

    def __init__(self, values: OptionValues | None = None, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._values = OptionValues() if values is None else values

    @property
    def values(self) -> OptionValues:
        return self._values

    def set(self, **changes: object) -> None:
        """Choose, e.g. ``set(steps=8, seed=7)``. Numbers are brought into range, nonsense is ignored."""
        self.assign(self._values.changed(**changes))

    def assign(self, values: OptionValues) -> None:
        """Choose everything at once, as when the settings of a result are used again."""
        before, self._values = self._values, values
        for field in fields(values):
            if getattr(before, field.name) != getattr(values, field.name):
                self.changed.emit(field.name)

    def set_preset(self, name: str) -> None:
        """Choose a quality of ``PRESETS``."""
        self.set(steps=PRESETS[name])

    def roll_seed(self) -> int:
        """Choose a new random seed, as the dice does."""
        self.set(seed=random.randint(*SEEDS))
        return self._values.seed

    def next_seed(self) -> int:
        """The seed for the colouring about to start: the one kept, or else a new one."""
        return self._values.seed if self._values.keep_seed else self.roll_seed()


def _whole(low: int, high: int) -> Callable[[object, Any], Any]:
    def read(value: object, before: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return before
        return min(max(round(value), low), high)

    return read


def _guidance(value: object, before: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return before
    return min(max(float(value), GUIDANCE[0]), GUIDANCE[1])


def _flag(value: object, before: Any) -> Any:
    return value if isinstance(value, bool) else before


def _one_of(*allowed: object) -> Callable[[object, Any], Any]:
    return lambda value, before: value if not isinstance(value, (bool, float)) and value in allowed else before


def _text(value: object, before: Any) -> Any:
    return value if isinstance(value, str) and value else before


_READERS: Mapping[str, Callable[[object, Any], Any]] = {
    "steps": _whole(*STEPS),
    "guidance": _guidance,
    "seed": _whole(*SEEDS),
    "keep_seed": _flag,
    "style": _one_of(None, *STYLES),
    "working_size": _one_of(*WORKING_SIZES),
    "form": _one_of(*FORMS),
    "placement": _one_of(*PLACEMENTS),
    "selection_only": _flag,
    "source": _text,
    "live_preview": _flag,
    "auto_apply": _flag,
}
