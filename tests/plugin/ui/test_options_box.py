"""Quality, steps, and what is folded away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.desk import Desk
from nurie_krita.host import DocumentFacts
from nurie_krita.options import STEPS, OptionValues
from nurie_krita.qt import QtCore, QtGui
from nurie_krita.ui.options_box import STOPS, nearest_stop

Key = QtCore.Qt.Key


@given(st.integers(*STEPS))
def test_the_slider_stands_as_near_as_it_can(steps: int) -> None:
    found = STOPS[nearest_stop(steps)]
    assert abs(found - steps) == min(abs(stop - steps) for stop in STOPS)
    assert STOPS[0] == STEPS[0]
    assert STOPS[-1] == STEPS[1]


@pytest.mark.parametrize(("name", "steps"), [("draft", 1), ("good", 2), ("best", 4)])
def test_a_quality_sets_the_steps(desk: Desk, name: str, steps: int) -> None:
    box = desk.panel.options
    desk.state.options.set(steps=30)
    desk.click(box.presets.buttons[name])
    assert desk.state.options.values.steps == steps
    assert box.number.value() == steps
    assert STOPS[box.slider.value()] == steps


def test_one_s_own_steps_are_no_quality(desk: Desk) -> None:
    box = desk.panel.options
    box.number.setValue(13)
    assert desk.state.options.values.steps == 13
    assert not any(button.isChecked() for button in box.presets.buttons.values())
    assert STOPS[box.slider.value()] == 12  # the slider stands near and does not change the number
    desk.state.options.set(steps=2)
    assert box.presets.buttons["good"].isChecked()


def test_the_slider_by_keys(desk: Desk) -> None:
    slider = desk.panel.options.slider
    slider.setFocus()
    desk.qtbot.keyClick(slider, Key.Key_Right)
    assert desk.state.options.values.steps == 3
    desk.qtbot.keyClick(slider, Key.Key_End)
    assert desk.state.options.values.steps == 50


def test_guidance_is_the_model_s_own_until_it_is_set(desk: Desk) -> None:
    more, options = desk.panel.options.more, desk.state.options
    assert more.guidance.text() == "auto"
    more.guidance_slider.setValue(20)
    assert options.values.guidance == pytest.approx(2.0)
    assert more.guidance.value() == pytest.approx(2.0)
    more.guidance.setValue(0.0)
    assert options.values.guidance == 0.0
    more.guidance.stepDown()
    assert more.guidance.text() == "auto"
    assert options.values.guidance is None


def test_seed_dice_and_keep(desk: Desk) -> None:
    more, options = desk.panel.options.more, desk.state.options
    more.seed.setValue(482913)
    assert options.values.seed == 482913
    desk.panel.options.fold.set_open(True)
    desk.settle()
    seeds = set()
    for _ in range(8):
        desk.click(more.dice)
        seeds.add(options.values.seed)
    assert len(seeds) > 1
    assert more.seed.value() == options.values.seed
    more.keep_seed.click()
    assert options.values.keep_seed


def test_style_size_place_and_what_happens_then(desk: Desk) -> None:
    more, options = desk.panel.options.more, desk.state.options
    for box, name, wanted in (
        (more.style_box, "style", "soft"),
        (more.size_box, "working_size", 4),
        (more.form_box, "form", "tones"),
        (more.placement_box, "placement", "top"),
    ):
        place = box.findData(wanted)
        box.setCurrentIndex(place)
        box.activated.emit(place)
        assert getattr(options.values, name) == wanted
    more.preview.click()
    more.auto_apply.click()
    assert not options.values.live_preview
    assert not options.values.auto_apply


def test_what_a_form_decides_itself_cannot_be_chosen(desk: Desk) -> None:
    more, options = desk.panel.options.more, desk.state.options
    free = {"layer": (True, True), "tones": (True, True), "colors": (False, True), "mask": (False, False)}
    for form, wanted in free.items():
        options.set(form=form)
        assert (more.style_box.isEnabled(), more.placement_box.isEnabled()) == wanted


@pytest.mark.parametrize("possible", [True, False])
def test_a_krita_without_colorize_masks_for_scripts_offers_none_and_says_why(desk: Desk, possible: bool) -> None:
    desk.state.document = replace(desk.state.document or DocumentFacts("d", "d", 9, 9), masks=possible)
    box = desk.panel.options.more.form_box
    model = box.model()
    assert isinstance(model, QtGui.QStandardItemModel)
    item = model.item(box.findData("mask"))
    assert item is not None
    assert item.isEnabled() == possible
    assert bool(item.toolTip()) != possible
    fill = desk.panel.button.menu
    fill.aboutToShow.emit()
    [entry] = [action for action in fill.actions() if action.text() == "Colorize Mask"]
    assert entry.isEnabled() == possible


def test_settings_of_a_result_are_shown_when_used_again(desk: Desk) -> None:
    values = OptionValues(
        steps=4,
        guidance=1.5,
        seed=77,
        keep_seed=True,
        style="flats",
        working_size=2,
        placement="above",
        live_preview=False,
    )
    desk.state.options.assign(values)
    box, more = desk.panel.options, desk.panel.options.more
    assert box.presets.buttons["best"].isChecked()
    assert (more.guidance.value(), more.guidance_slider.value()) == (1.5, 15)
    assert (more.seed.value(), more.keep_seed.isChecked()) == (77, True)
    shown = [found.currentData() for found in (more.style_box, more.size_box, more.placement_box)]
    assert shown == ["flats", 2, "above"]
    assert not more.preview.isChecked()
    assert desk.state.options.values == values  # showing changes nothing


def test_the_rest_is_folded_at_first_and_opens_by_key(desk: Desk) -> None:
    fold = desk.panel.options.fold
    assert not fold.body.isVisible()
    fold.heading.setFocus()
    desk.qtbot.keyClick(fold.heading, Key.Key_Return)
    assert fold.body.isVisible()
    desk.qtbot.keyClick(fold.heading, Key.Key_Space)
    assert not fold.body.isVisible()
