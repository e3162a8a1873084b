"""The panel's state: each part tells when it became another, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurie_krita.host import DocumentFacts
from nurie_krita.options import Options
from nurie_krita.references import ReferenceModel
from nurie_krita.results import ResultModel
from nurie_krita.state import IDLE, Activity, Notice, PanelState, Status

PARTS = {
    "activity": (IDLE, Activity("running", 3, 8, 4.0)),
    "status": (Status(), Status("ready", "Ready", "CPU")),
    "notice": (None, Notice("“Ink” has no lines.", action="Use all", action_id="use_visible")),
    "document": (None, DocumentFacts("1", "page.kra", 640, 480)),
}


@pytest.fixture
def state(qapp: object, data_folder: Path) -> PanelState:
    return PanelState(ReferenceModel(data_folder), ResultModel(), Options())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_tells_once_when_it_becomes_another(state: PanelState, part: str) -> None:
    first, second = PARTS[part]
    assert getattr(state, part) == first
    told: list[object] = []
    for name in PARTS:
        getattr(state, f"{name}_changed").connect(lambda name=name: told.append((name, getattr(state, name))))
    setattr(state, part, second)
    setattr(state, part, second)
    setattr(state, part, first)
    assert told == [(part, second), (part, first)]


def test_whoever_listens_sees_the_new_value(state: PanelState) -> None:
    seen: list[bool] = []
    state.activity_changed.connect(lambda: seen.append(state.activity.busy))
    for phase in ("starting", "loading", "running", "finishing", "idle"):
        state.activity = Activity(phase)
    assert seen == [True, True, True, True, False]
