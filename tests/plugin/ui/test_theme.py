"""Colours that can be read in every theme."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import panel as fake
from nurie_krita.qt import QtGui
from nurie_krita.ui.theme import READABLE, contrast, mix, readable, theme

byte = st.integers(0, 255)
colors = st.builds(QtGui.QColor, byte, byte, byte)


@given(colors, colors)
def test_contrast_is_symmetric_and_within_its_range(first: QtGui.QColor, second: QtGui.QColor) -> None:
    assert contrast(first, second) == contrast(second, first)
    assert 1 <= contrast(first, second) <= 21
    assert contrast(first, first) == 1


def test_contrast_of_black_and_white_is_the_largest() -> None:
    assert contrast(QtGui.QColor(0, 0, 0), QtGui.QColor(255, 255, 255)) == pytest.approx(21)


@given(colors, colors)
def test_a_readable_color_stands_out_and_a_good_one_is_left_alone(color: QtGui.QColor, ground: QtGui.QColor) -> None:
    found = readable(color, ground)
    assert contrast(found, ground) >= READABLE  # black or white reaches this on every ground
    if contrast(color, ground) >= READABLE:
        assert found == color


@given(colors, colors, st.floats(0, 1))
def test_a_mixture_lies_between(first: QtGui.QColor, second: QtGui.QColor, share: float) -> None:
    found = mix(first, second, share)
    for a, b, c in ((first.red(), second.red(), found.red()), (first.blue(), second.blue(), found.blue())):
        assert min(a, b) <= c <= max(a, b)
    assert mix(first, second, 0) == first
    assert mix(first, second, 1) == second


@pytest.mark.parametrize("scheme", ["dark", "darker", "bright"])
def test_texts_can_be_read_in_kritas_themes(scheme: str) -> None:
    found = theme(fake.palette(scheme))
    for ink in (found.text, found.dim, found.positive, found.warning, found.negative):
        assert contrast(ink, found.window) >= READABLE
    assert contrast(found.on_accent, found.accent) >= READABLE
    assert contrast(found.ring, found.window) >= 3  # WCAG 1.4.11: what is no text
    assert found.dark == (scheme != "bright")


@given(st.lists(colors, min_size=6, max_size=6))
def test_no_palette_makes_texts_unreadable(chosen: list[QtGui.QColor]) -> None:
    palette = QtGui.QPalette()
    roles = QtGui.QPalette.ColorRole
    named = (roles.Window, roles.WindowText, roles.Base, roles.Button, roles.Highlight, roles.HighlightedText)
    for role, color in zip(named, chosen, strict=True):
        palette.setColor(QtGui.QPalette.ColorGroup.Active, role, color)
    found = theme(palette)
    assert contrast(found.text, found.window) >= READABLE
    assert contrast(found.dim, found.window) >= READABLE
    assert contrast(found.on_accent, found.accent) >= READABLE
