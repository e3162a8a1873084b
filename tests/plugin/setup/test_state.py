"""The machine of the setup's states: every one of them, and every way from one to the next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.protocol import NurieError
from nurie_krita.setup.state import NAMES, STAGES, Found, SetupState, begun, progressed, rested

DAMAGE = NurieError("It is damaged.", code="damaged")
FAILURE = NurieError("The network is gone.", code="offline")


@pytest.mark.parametrize(
    ("found", "offered", "name"),
    [
        (Found(), "1.0", "not_installed"),
        (Found(kept=5), "1.0", "not_installed"),
        (Found("1.0", 1), "1.0", "ready"),
        (Found("1.0", 1), "2.0", "update_needed"),
        (Found("2.0", 1), "1.0", "update_needed"),
        (Found("1.0", 2), "1.0", "update_needed"),
        (Found("1.0", 2), "", "update_needed"),
        (Found("1.0", 1), "", "ready"),
        (Found("1.0", 1, DAMAGE), "1.0", "damaged"),
        (Found("1.0", 2, DAMAGE), "2.0", "damaged"),
        (Found(damage=DAMAGE), "1.0", "damaged"),
    ],
)
def test_what_lies_on_the_disk_says_the_state(found: Found, offered: str, name: str) -> None:
    state = rested(found, offered, protocol=1)
    assert (state.name, state.installed, state.offered, state.kept) == (name, found.version, offered, found.kept)
    assert state.error == found.damage
    assert not state.busy
    assert rested(found, offered, 1, FAILURE).error == FAILURE


@given(name=st.sampled_from(NAMES), work=st.sampled_from(["installing", "removing"]))
def test_one_thing_at_a_time(name: str, work: str) -> None:
    state = SetupState(name, installed="1.0", offered="2.0", kept=7, error=FAILURE)
    if state.busy:
        with pytest.raises(ValueError, match="cannot begin"):
            begun(state, work)
        return
    after = begun(state, work)
    assert after == SetupState(work, "checking" if work == "installing" else "", 0, 0, None, None, "1.0", "2.0", 7)
    assert after.busy


def test_every_state_has_its_one_button_but_the_one_that_takes_a_moment() -> None:
    assert {name: SetupState(name).primary for name in NAMES} == {
        "not_installed": "install",
        "installing": "cancel",
        "ready": "use",
        "update_needed": "update",
        "damaged": "repair",
        "removing": "",
    }


@given(st.lists(st.tuples(st.sampled_from(STAGES[1:]), st.integers(0, 99)), max_size=20))
def test_stages_follow_each_other_whatever_is_reported(reports: list[tuple[str, int]]) -> None:
    state: Any = begun(SetupState(), "installing")
    seen = [state.stage]
    for stage, done in reports:
        after = progressed(state, stage, done, 100, 1.0)
        if STAGES.index(stage) < STAGES.index(state.stage):
            assert after is state
        else:
            assert (after.stage, after.done, after.total, after.seconds_left) == (stage, done, 100, 1.0)
        state = after
        seen.append(state.stage)
    assert seen == sorted(seen, key=STAGES.index)


@given(st.sampled_from([name for name in NAMES if name != "installing"]))
def test_a_report_that_comes_late_changes_nothing(name: str) -> None:
    state = SetupState(name)
    assert progressed(state, "installing", 1, 2, 3.0) is state
