"""Options: always in range, told field by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.host import PLACEMENTS
from nurie_krita.options import GUIDANCE, PRESETS, SEEDS, STEPS, STYLES, WORKING_SIZES, Options, OptionValues

ANYTHING: Any = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@pytest.fixture
def options(qapp: object) -> Options:
    return Options()


def test_defaults_are_a_good_quality() -> None:
    values = OptionValues()
    assert (values.steps, values.guidance, values.style) == (2, None, "shaded")
    assert values.preset == "good"


@given(changes=st.dictionaries(st.sampled_from([*OptionValues.__dataclass_fields__, "other"]), ANYTHING))
def test_whatever_is_set_the_values_stay_in_range(changes: dict[str, Any]) -> None:
    values = OptionValues().changed(**changes)
    assert STEPS[0] <= values.steps <= STEPS[1]
    assert SEEDS[0] <= values.seed <= SEEDS[1]
    assert values.guidance is None or GUIDANCE[0] <= values.guidance <= GUIDANCE[1]
    assert values.style in (None, *STYLES)
    assert values.working_size in WORKING_SIZES
    assert values.placement in PLACEMENTS
    assert values.source
    assert OptionValues.from_dict(values.to_dict()) == values


@given(data=ANYTHING)
def test_anything_can_be_read(data: object) -> None:
    assert OptionValues.from_dict(data) == OptionValues()


@pytest.mark.parametrize(("asked", "given_"), [(0, 1), (51, 50), (7.6, 8), (True, 2), (float("nan"), 2), ("9", 2)])
def test_steps_are_brought_into_range(options: Options, asked: object, given_: int) -> None:
    options.set(steps=asked)
    assert options.values.steps == given_


def test_each_field_that_became_another_is_told_once(options: Options) -> None:
    told: list[str] = []
    options.changed.connect(told.append)
    options.set(steps=8, seed=5, placement="below", style="shaded")
    assert sorted(told) == ["placement", "seed", "steps"]
    told.clear()
    options.set(steps=8, seed=5)
    assert told == []


def test_presets_are_steps(options: Options) -> None:
    for name, steps in PRESETS.items():
        options.set_preset(name)
        assert (options.values.steps, options.values.preset) == (steps, name)
    options.set(steps=13)
    assert options.values.preset is None


def test_guidance_can_be_given_back_to_the_model(options: Options) -> None:
    options.set(guidance=2)
    assert options.values.guidance == 2.0
    options.set(guidance=None)
    assert options.values.guidance is None


def test_a_kept_seed_is_used_again_and_another_is_not(options: Options) -> None:
    options.set(seed=482913, keep_seed=True)
    assert options.next_seed() == options.next_seed() == 482913
    options.set(keep_seed=False)
    seeds = {options.next_seed() for _ in range(20)}
    assert len(seeds) > 10
    assert options.values.seed in seeds


def test_the_dice_rolls_even_a_kept_seed(options: Options) -> None:
    options.set(keep_seed=True)
    rolled = {options.roll_seed() for _ in range(20)}
    assert len(rolled) > 10
    assert options.next_seed() == options.values.seed


def test_settings_of_a_result_are_taken_over_whole(options: Options) -> None:
    told: list[str] = []
    options.changed.connect(told.append)
    values = OptionValues(steps=12, guidance=0.5, seed=7, keep_seed=True, style="flats", source="visible")
    options.assign(values)
    assert options.values == values
    assert sorted(told) == ["guidance", "keep_seed", "seed", "source", "steps", "style"]
