"""Panels dressed like Krita."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes import panel as fake
from fakes.desk import Desk, MakeDesk


@pytest.fixture
def make_desk(qtbot: QtBot, tmp_path: Path) -> Iterator[MakeDesk]:
    """``make_desk(width=320, height=640, scheme="dark", rtl=False, references=0)``."""
    made: list[Desk] = []

    def make(
        width: int = 320, height: int = 640, scheme: str = "dark", *, rtl: bool = False, references: int = 0
    ) -> Desk:
        fake.dress(scheme, rtl=rtl)
        folder = tmp_path / f"desk {len(made)}"
        if references:
            fake.library(folder, references)
        made.append(Desk(qtbot, folder, width, height))
        return made[-1]

    yield make
    for desk in made:
        desk.close()
    fake.dress("dark")


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()
