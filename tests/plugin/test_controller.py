"""The artist's intents, against a small Krita in memory and the real backend with the embedded model."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.krita import FakeDocument, FakeHost
from nurie_krita.controller import Controller
from nurie_krita.made import KeyStrokes, Sheets
from nurie_krita.options import Options, OptionValues
from nurie_krita.pace import Pace
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.qt import QtGui
from nurie_krita.references import ReferenceModel
from nurie_krita.results import ResultModel
from nurie_krita.state import PanelState

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_MS = 120_000


def picture(color: str = "#c04040") -> QtGui.QImage:
    image = QtGui.QImage(96, 96, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(color))
    painter = QtGui.QPainter(image)
    painter.fillRect(20, 20, 50, 60, QtGui.QColor("#3060c0"))
    painter.end()
    return image


class Desk:
    """A controller with everything it needs; one reference is chosen."""

    def __init__(self, qtbot: Any, folder: Path, *documents: FakeDocument, program: str = "nurie") -> None:
        self.qtbot = qtbot
        self.host = FakeHost(*documents)
        options = Options(OptionValues(steps=2, seed=7, keep_seed=True))
        self.state = PanelState(ReferenceModel(folder), ResultModel(), options)
        self.backend = Backend(BackendSettings(command=(sys.executable, "-m", program)))
        self.controller = Controller(self.state, self.host, self.backend, Pace(folder))
        self.controller.refresh()

    def add_reference(self, color: str = "#c04040", name: str = "Alice") -> None:
        with self.qtbot.waitSignal(self.state.references.added, timeout=PATIENCE_MS):
            self.state.references.add_image(picture(color), name)
        self.state.references.enable_only(self.state.references.digests)

    def wait(self) -> None:
        """Until nothing runs, and what was made is applied."""
        self.qtbot.waitUntil(lambda: not (self.state.activity.busy or self.host.applying), timeout=PATIENCE_MS)


@pytest.fixture
def desk(qtbot: Any, data_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Makes a ``Desk``; its backend ends with the test."""
    monkeypatch.setenv("PYTHONPATH", "")
    made: list[Desk] = []
    launcher = tmp_path / "launch.py"
    paths = [str(REPOSITORY / "backend"), str(REPOSITORY / "tests")]
    launcher.write_text(f"import sys; sys.path[:0] = {paths!r}\nfrom nurie.cli.main import main\nsys.exit(main())\n")
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))

    def make(*documents: FakeDocument) -> Desk:
        desk = Desk(qtbot, data_folder, *documents)
        desk.backend.settings = BackendSettings(command=(sys.executable, str(launcher)))
        made.append(desk)
        return desk

    yield make
    for one in made:
        one.controller.cancel()
        one.backend.stop()
        qtbot.waitUntil(lambda one=one: one.backend.pid is None, timeout=PATIENCE_MS)
    assert os.environ["PYTHONPATH"] == ""


def test_a_drawing_becomes_one_layer_named_by_reference_and_seed(desk: Any) -> None:
    document = FakeDocument("page")
    at = desk(document)
    at.add_reference()
    at.controller.colorize()
    assert at.state.activity.busy
    at.wait()
    assert at.state.notice is None, at.state.notice
    [(name, placement, color)] = document.layers
    assert name == "Colors · Alice · seed 7"
    assert placement == "automatic"
    assert color.size() == document.image.size()
    assert color.format() == QtGui.QImage.Format.Format_ARGB32
    assert color.pixelColor(64, 50).alpha() > 0
    [result] = [at.state.results.get(found) for found in at.state.results.ids]
    assert result.applied
    assert result.art.image.isNull()


def test_the_document_remembers_what_it_was_colored_by(desk: Any) -> None:
    document = FakeDocument("page")
    at = desk(document)
    at.add_reference()
    at.state.options.set(steps=1)
    at.controller.colorize()
    at.wait()
    chosen = at.state.references.enabled
    again = desk(FakeDocument("same page", notes=dict(document.notes)))
    assert again.state.options.values.steps == 1
    assert again.state.references.enabled == chosen


def test_without_drawing_reference_or_lines_nothing_starts_and_one_sentence_says_so(desk: Any) -> None:
    at = desk()
    at.controller.colorize()
    assert at.state.notice.action_id == "try_sample"
    at = desk(FakeDocument("page", state="empty"))
    at.controller.colorize()
    assert "picture" in at.state.notice.text
    at.add_reference()
    at.controller.colorize()
    assert at.state.notice.text == "“Ink” has no lines."
    assert not at.state.activity.busy
    at.controller.act_on_notice("use_visible")
    at.wait()
    assert at.state.notice is None
    assert len(at.host.open["page"].layers) == 1


def test_a_colored_drawing_is_colored_only_on_request(desk: Any) -> None:
    at = desk(FakeDocument("page", state="colored"))
    at.add_reference()
    at.controller.colorize()
    assert at.state.notice.action_id == "colorize_anyway"
    at.controller.act_on_notice("colorize_anyway")
    at.wait()
    assert len(at.host.open["page"].layers) == 1


def test_a_gray_drawing_offers_to_be_converted(desk: Any) -> None:
    at = desk(FakeDocument("page", gray=True))
    at.add_reference()
    at.controller.colorize()
    assert at.state.notice.action_id == "convert_to_rgb"
    at.controller.act_on_notice("convert_to_rgb")
    assert at.host.open["page"].gray is False


def test_a_drawing_closed_meanwhile_leaves_its_colors_among_the_results(desk: Any) -> None:
    other = FakeDocument("other")
    at = desk(FakeDocument("page"), other)
    at.add_reference()
    at.controller.colorize()
    at.host.close("page")
    at.wait()
    assert at.state.notice is not None
    assert len(at.state.results.ids) == 1
    assert other.layers == []


def test_cancel_ends_at_once_and_the_next_colouring_works(desk: Any) -> None:
    document = FakeDocument("page")
    at = desk(document)
    at.add_reference()
    at.controller.colorize()
    at.controller.cancel()
    at.wait()
    assert document.layers == []
    assert at.state.results.ids == ()
    at.controller.colorize()
    at.wait()
    assert len(document.layers) == 1


def test_every_frame_with_one_seed_into_one_animated_layer(desk: Any) -> None:
    at = desk(FakeDocument("page", frames=[0, 4, 9]))
    at.add_reference()
    at.controller.colorize_frames()
    at.wait()
    assert at.state.notice is None
    assert at.host.animated == [("Colors · Alice · seed 7", [0, 4, 9])]


def test_a_still_says_that_it_is_not_animated(desk: Any) -> None:
    at = desk(FakeDocument("page"))
    at.add_reference()
    at.controller.colorize_frames()
    assert at.state.notice.text == "This layer is not animated."


def test_pages_that_cannot_be_colored_do_not_stop_the_rest(desk: Any) -> None:
    first, last = FakeDocument("first"), FakeDocument("last")
    empty = FakeDocument("empty", state="empty")
    at = desk(first, empty, FakeDocument("gray", gray=True), last)
    at.add_reference()
    at.controller.colorize_pages()
    at.wait()
    assert [len(page.layers) for page in (first, empty, last)] == [1, 0, 1]
    assert at.state.notice.text.startswith("1 of 3")


def test_settings_of_a_result_are_used_again_and_a_result_becomes_a_reference(desk: Any) -> None:
    at = desk(FakeDocument("page"))
    at.add_reference()
    at.controller.colorize()
    at.wait()
    [result] = at.state.results.ids
    at.state.options.set(steps=9, seed=1)
    at.controller.reuse(result)
    assert (at.state.options.values.steps, at.state.options.values.seed) == (2, 7)
    with at.qtbot.waitSignal(at.state.references.added, timeout=PATIENCE_MS):
        at.controller.use_as_reference(result)
    assert len(at.state.references.digests) == 2


def test_an_unexpected_fault_is_one_sentence(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at = desk(FakeDocument("page"))
    at.add_reference()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(at.host, "read", broken)
    at.controller.colorize()
    assert at.state.notice.action_id == "copy_diagnostics"
    assert "secret detail" not in at.state.notice.text


@pytest.mark.parametrize("form", ["tones", "colors", "mask"])
def test_a_result_is_applied_in_the_form_it_was_made_for(desk: Any, form: str) -> None:
    document = FakeDocument("page")
    at = desk(document)
    at.add_reference()
    at.state.options.set(form=form, steps=1)
    at.controller.colorize()
    at.qtbot.waitUntil(lambda: len(document.made) == 1, timeout=PATIENCE_MS)
    assert at.state.notice is None, at.state.notice
    [made] = document.made
    color = document.layers[0][2]
    if form == "mask":
        assert isinstance(made, KeyStrokes)
        assert made.size == color.size()
        assert made.colors
        for number, x, y, _ in made.dabs:
            seen = color.pixelColor(x, y)
            assert (seen.alpha() == 0) == (number == 0)
            if number:
                # One of few colours that stand for all.
                assert max(abs(a - b) for a, b in zip(made.colors[number - 1], seen.getRgb(), strict=False)) < 40
    else:
        assert isinstance(made, Sheets)
        assert made.sheets
    # Without its parts, as after a restart, it is the one layer that every result can be.
    [result] = at.state.results.ids
    at.state.results._results[0] = replace(at.state.results.get(result), parts=None)
    at.controller.apply(result)
    at.qtbot.waitUntil(lambda: len(document.made) == 2, timeout=PATIENCE_MS)
    assert document.made[1] is None
    assert len(at.host.messages) == 1


def test_frames_become_one_animated_layer_whatever_the_form(desk: Any) -> None:
    at = desk(FakeDocument("film", frames=[0, 3]))
    at.add_reference()
    at.state.options.set(form="mask", steps=1)
    at.controller.colorize_frames()
    at.qtbot.waitUntil(lambda: bool(at.host.animated), timeout=PATIENCE_MS)
    assert at.host.animated[0][1] == [0, 3]
