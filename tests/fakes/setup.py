"""A ``Setup`` that does nothing by itself: a test says in which state it is, and reads what it was asked to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nurie_krita.protocol import NurieError
from nurie_krita.setup import Extra, RemoveChoices, Setup, SetupChoices, SetupPlan, SetupState

MEGA = 1_000_000

EXTRAS = (
    Extra("openvino", "OpenVINO", "Often twice as fast on Intel processors.", 45 * MEGA, on=False),
    Extra("psd", "Photoshop files", "Reads and writes layers of PSD files on the command line.", 3 * MEGA, on=False),
    Extra("torch", "PyTorch engine", "Trains on your own pictures and runs other models.", 190 * MEGA, on=False),
)

ITEMS = (
    ("nurie 0.2.0", 0),
    ("onnxruntime 1.27.0", 17_900_000),
    ("opencv-python-headless 4.13.0", 54_000_000),
    ("numpy 2.4.1", 18_500_000),
    ("pillow 12.1.0", 7_000_000),
    ("uv 0.10.0", 21_000_000),
    ("platformdirs 4.14.7", 22_000),
)


class FakeSetup(Setup):
    """``be(name, …)`` sets the state. ``heard``: what was asked for. ``impossible``: what ``plan`` raises."""

    def __init__(self, folder: Path, **state: Any) -> None:
        super(Setup, self).__init__()
        self.folder = folder
        self.heard: list[tuple[Any, ...]] = []
        self.impossible: NurieError | None = None
        self.offered_extras: tuple[Extra, ...] = EXTRAS
        self.items = ITEMS
        self._now = SetupState(**{"offered": "0.2.0", **state})

    def be(self, name: str, **state: Any) -> None:
        self._now = SetupState(name, **{"offered": "0.2.0", **state})
        self.changed.emit()

    @property
    def state(self) -> SetupState:
        return self._now

    def inspect(self) -> None:
        self.heard.append(("inspect",))

    def doubt(self, error: NurieError) -> None:
        self.heard.append(("doubt", error))

    def extras(self) -> tuple[Extra, ...]:
        return self.offered_extras

    def plan(self, choices: SetupChoices) -> SetupPlan:
        if self.impossible is not None:
            raise self.impossible
        extra = sum(found.download_bytes for found in self.offered_extras if found.name in choices.extras)
        download = 0 if choices.wheels else sum(size for _, size in self.items) + extra
        python = "Python 3.11, /usr/bin/python3"
        return SetupPlan(self.items, download, 3 * download + 60 * MEGA, self.folder / "server", python, "CPU")

    def install(self, choices: SetupChoices) -> None:
        self.heard.append(("install", choices))

    def repair(self, choices: SetupChoices) -> None:
        self.heard.append(("repair", choices))

    def cancel(self) -> None:
        self.heard.append(("cancel",))

    def left_after_removal(self, keep: RemoveChoices | None = None) -> list[tuple[Path, int]]:
        keep = keep or RemoveChoices()
        found = [(keep.references, "references", 48 * MEGA), (keep.models, "models", 320 * MEGA)]
        found += [(keep.settings, "settings.json", 2000)]
        return sorted(((self.folder / name, size) for kept, name, size in found if kept), key=lambda left: -left[1])

    def remove(self, keep: RemoveChoices) -> None:
        self.heard.append(("remove", keep))
