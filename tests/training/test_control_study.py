"""The simulated artist: sees what is wrong, corrects it where it is largest, and is told what that was worth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nurie.imaging.points import PointPair
from nurie.protocol import UsageError
from nurie.training import control_study, evaluation
from nurie.training.control_study import Corrected, correct, nearest_place, study, table, worst_patch
from nurie.training.triples import Triple, over_white, read_triples
from training.triples import make_folder

RED, BLUE, GREEN = (0.9, 0.2, 0.2), (0.2, 0.3, 0.9), (0.2, 0.7, 0.3)
places = st.integers(0, 60)


@settings(max_examples=25)
@given(places, places, st.integers(24, 40), st.integers(6, 14))
def test_the_largest_wrong_patch_is_found_in_its_middle(x: int, y: int, large: int, small: int) -> None:
    """Two squares of a blue picture should be red and green; the larger one comes first, then the smaller one."""
    truth = np.full((120, 120, 3), BLUE)
    truth[y : y + large, x : x + large] = RED
    truth[104 : 104 + small, 104 : 104 + small] = GREEN
    patch = worst_patch(np.full_like(truth, BLUE), truth)
    assert patch is not None
    assert patch.color == pytest.approx(RED)
    middle = (x + (large - 1) / 2, y + (large - 1) / 2)
    assert max(abs(at - wanted) for at, wanted in zip(patch.place, middle, strict=True)) <= large / 4
    corrected = np.where((truth == RED).all(axis=2)[..., None], truth, BLUE)
    second = worst_patch(corrected, truth)
    assert second is not None
    assert second.color == pytest.approx(GREEN)
    assert worst_patch(truth, truth) is None


def test_wrong_ground_is_not_what_an_artist_corrects_first() -> None:
    truth = np.ones((100, 100, 3))
    truth[40:60, 40:60] = RED
    patch = worst_patch(np.full_like(truth, BLUE), truth)
    assert patch is not None
    assert all(40 <= at < 60 for at in patch.place)


def test_large_pictures_are_looked_at_small_and_answered_in_their_own_pixels() -> None:
    truth = np.ones((1000, 2000, 3))
    truth[600:900, 1500:1800] = RED
    patch = worst_patch(np.ones_like(truth), truth)
    assert patch is not None
    assert patch.place == pytest.approx((1650, 750), abs=10)


def test_the_nearest_place_has_the_colour() -> None:
    reference = np.ones((80, 100, 3))
    reference[10:40, 10:50], reference[10:40, 50:90], reference[45:70, 10:90] = RED, GREEN, BLUE
    x, y = nearest_place(reference, BLUE)
    assert tuple(reference[round(y), round(x)]) == BLUE
    # White is the ground, not a colour of the character.
    x, y = nearest_place(reference, (1.0, 1.0, 1.0))
    assert reference[round(y), round(x)].min() < 0.97


class Painter:
    """Colours nothing by itself, and what lies around each dab and each pair's place as the truth has it."""

    def __init__(self) -> None:
        self.dabs: list[int] = []
        self.pairs: list[int] = []

    def __call__(
        self, triple: Triple, hints: Image.Image | None = None, points: Sequence[PointPair] = ()
    ) -> Image.Image:
        truth = (over_white(triple.truth) * 255).astype(np.uint8)
        told = np.zeros(truth.shape[:2], np.uint8)
        if hints is not None:
            painted = np.asarray(hints)
            told = (painted[..., 3] > 0).astype(np.uint8)
            np.testing.assert_allclose(painted[told > 0][:, :3], truth[told > 0], atol=1)
            self.dabs.append(int(told.sum()))
        for pair in points:
            told[round(pair.sketch[1]), round(pair.sketch[0])] = 1
        self.pairs.append(len(points))
        around = cv2.dilate(told, np.ones((41, 41), np.uint8)) > 0
        return Image.fromarray(np.where(around[..., None], truth, 255).astype(np.uint8))


def test_three_dabs_and_three_pairs_are_given_one_after_the_other(tmp_path: Path) -> None:
    triple = read_triples(make_folder(tmp_path / "folder"))[0]
    painter = Painter()
    for control in control_study.CONTROLS:
        corrected = correct(triple, control, painter)
        assert (corrected.id, corrected.control, len(corrected.repaint)) == ("0", control, 4)
        assert corrected.repaint[0] > corrected.repaint[-1] > 0
        assert sorted(corrected.repaint, reverse=True) == list(corrected.repaint)
    first, second, third = painter.dabs
    assert 0 < first < second < third
    assert painter.pairs == [0, 0, 0, 0, 0, 1, 2, 3]


def test_only_the_worst_are_corrected(tmp_path: Path) -> None:
    triples = read_triples(make_folder(tmp_path / "folder", count=4))

    def colorize(triple: Triple, **controls: object) -> Image.Image:
        truth = (over_white(triple.truth) * 255).astype(np.uint8)
        return Image.fromarray(255 - truth if triple.id == "2" and not controls else truth)

    corrected = list(study(triples, colorize, share=0.25))
    assert [(one.id, one.control) for one in corrected] == [("2", "hints"), ("2", "points")]
    assert all(one.repaint[0] > 0.5 > one.repaint[1] == 0 for one in corrected)


def test_the_table_tells_the_fall_of_the_mean() -> None:
    corrected = [
        Corrected(name, control, (start, 0.5, 0.4, 0.3), (0.01, 0.01, 0.01, 0.02))
        for control in control_study.CONTROLS
        for name, start in (("one", 0.6), ("two", 0.9))
    ]
    lines = table(corrected).splitlines()
    assert len(lines) == 1 + 2 * 3
    assert lines[1].split() == ["hints", "one", "60.0%", "50.0%", "40.0%", "30.0%", "50%", "1.0", ">", "2.0%"]
    assert lines[3].split()[1:8] == ["mean", "of", "2", "75.0%", "50.0%", "40.0%", "30.0%"]
    assert lines[3].split()[8] == "60%"


@pytest.mark.parametrize("wrong", [["--worst", "0"], ["--worst", "1.5"], ["--limit", "0"], ["--steps", "many"]])
def test_wrong_options_are_refused(wrong: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        evaluation.main([str(make_folder(tmp_path / "folder")), "--controls", *wrong])


def test_the_command_measures_the_embedded_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_folder(tmp_path / "folder", count=2)
    assert evaluation.main([str(folder), "--controls", "--worst", "0.5", "--engine", "onnx", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [one["control"] for one in answer] == list(control_study.CONTROLS)
    for one in answer:
        assert len(one["repaint"]) == len(one["ground"]) == 4
        # A face of one colour: a dab of it must help.
        assert one["repaint"][-1] <= one["repaint"][0]
