"""The correspondence study: on the synthetic disc the truth is known, so every figure can be foretold."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from nurie.protocol import InputError, UsageError
from nurie.training import cli, correspondence_cli
from nurie.training.correspondence_study import (
    MATCHER,
    ONE_VIEW,
    SAME,
    Outcome,
    calibration_error,
    outcomes,
    pck,
    pose_pairs,
    reliability,
)
from nurie.training.pairs import Pairs
from training.synthetic import MIDDLES

SIZE = 64
CELLS = SIZE // 8


class Told(nn.Module):
    """A matcher that is told which cell each sketch cell goes to, (N,), and how sure it is."""

    def __init__(self, cells: Sequence[int], sure: float = 0.9) -> None:
        super().__init__()
        count = len(cells)
        p = torch.full((count, count + 1), (1 - sure) / count)
        p[torch.arange(count), torch.tensor(cells)] = sure
        self.log_p = p.log()

    def forward(self, sketch: Tensor, photo: Tensor) -> Tensor:
        return self.log_p[None]


@pytest.fixture(scope="module")
def pairs(pack_folder: Path) -> Pairs:
    return Pairs(pack_folder)


def test_pairs_are_two_poses_of_one_character(pairs: Pairs) -> None:
    assert pose_pairs(pairs) == [(3, 4), (4, 3)]
    assert pose_pairs(pairs, 1) == [(3, 4)]
    flat = Pairs(pairs.folder)
    for item in flat.items:
        item["solid"] = -1
    with pytest.raises(InputError, match="no two 3D renders"):
        pose_pairs(flat)


def test_a_fitted_pair_undoes_the_move(pairs: Pairs) -> None:
    """The disc lies elsewhere in both pictures, and both canvases show it in the middle: everything stays in place."""
    pair = pairs.fitted(3, 4, SIZE)
    known = pair.matches[..., 0] >= 0
    assert known.sum() > 20
    centres = (np.arange(CELLS) + 0.5) / CELLS
    here = np.stack(np.meshgrid(centres, centres), axis=2)
    assert np.abs(pair.matches - here)[known].max() < 0.04
    assert len(MIDDLES) == 2


def test_a_perfect_matcher_is_told_so_and_a_wrong_one_too(pairs: Pairs) -> None:
    right, wrong = Told(range(CELLS**2)), Told([0] * CELLS**2)
    ((_, good),) = outcomes(right, pairs, 3, 4, SIZE, [1.0])  # type: ignore[arg-type]
    ((_, bad),) = outcomes(wrong, pairs, 3, 4, SIZE, [1.0])  # type: ignore[arg-type]
    for method in (MATCHER, ONE_VIEW, SAME):
        assert pck([good], method, 0.1) > 0.95
    assert pck([bad], MATCHER, 0.1) < 0.2
    assert pck([bad], SAME, 0.1) > 0.95
    assert good.colour[MATCHER] > bad.colour[MATCHER] + 3
    assert good.distance < 0.04
    assert good.scale == pytest.approx(1, abs=0.1)
    assert good.group == "3d"


def test_a_higher_temperature_is_less_sure_of_the_same_matches(pairs: Pairs) -> None:
    found = dict(outcomes(Told(range(CELLS**2)), pairs, 3, 4, SIZE, [1.0, 2.0]))  # type: ignore[arg-type]
    assert found[2.0].confidence.mean() < found[1.0].confidence.mean() - 0.05
    np.testing.assert_allclose(found[2.0].errors[MATCHER], found[1.0].errors[MATCHER], atol=0.05)


def outcome(confidence: Sequence[float], errors: Sequence[float], group: str = "a") -> Outcome:
    both = {name: np.array(errors, np.float32) for name in (MATCHER, ONE_VIEW, SAME, "random place")}
    colour = {MATCHER: 10.0, SAME: 9.0, "mean colour": 8.0}
    return Outcome(group, 0.1, 1.0, both, np.array(confidence, np.float32), colour)


def test_calibration_counts_what_it_should() -> None:
    told = outcome([0.95, 0.95, 0.95, 0.95, 0.15, 0.15], [0.01, 0.02, 0.5, math.inf, 0.5, math.inf])
    table = reliability([told])
    assert table == [pytest.approx((2 / 6, 0.15, 0.0)), pytest.approx((4 / 6, 0.95, 0.5))]
    assert calibration_error(table) == pytest.approx(2 / 6 * 0.15 + 4 / 6 * 0.45)
    assert pck([told], MATCHER, 0.1) == pytest.approx(0.5)  # of the four that have a partner
    assert math.isnan(pck([outcome([0.5], [math.inf])], MATCHER, 0.1))


@given(st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_a_table_covers_every_cell_and_its_error_is_a_share(count: int, seed: int) -> None:
    confidence, errors = np.random.default_rng(seed).random((2, count)).round(1)  # ends of steps, 0 and 1 among them
    table = reliability([outcome(confidence.tolist(), errors.tolist())])
    assert sum(share for share, _, _ in table) == pytest.approx(1)
    assert 0 <= calibration_error(table) <= 1


def test_the_fitted_temperature_comes_from_the_others() -> None:
    sure = {0.7: outcome([0.9], [0.5]), 1.0: outcome([0.5], [0.5]), 1.4: outcome([0.2], [0.5])}
    found = {t: [one, outcome(one.confidence.tolist(), [0.01], "b")] for t, one in sure.items()}
    told = correspondence_cli.summary(found)
    rows = {row["group"]: row for row in told["fitted"]}
    # b is always right, so it wants the surest; a is always wrong, so it wants the least sure.
    assert (rows["a"]["temperature"], rows["b"]["temperature"]) == (0.7, 1.4)
    assert rows["a"]["after"] == pytest.approx(0.9)
    assert "expected calibration error" in correspondence_cli.text(told | {"size": 64, "model": "m"})


def test_the_command_measures_and_prints(
    pack_folder: Path, matcher_checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(pack_folder), "--correspondence", "--model", str(matcher_checkpoint), "--size", "64"]
    assert cli.main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pairs"] == 2
    assert told["by_distance"][-1]["name"] == "all"
    assert told["by_distance"][-1]["methods"]["same place"]["pck10"] > 0.95
    assert cli.main([*words, "--limit", "1"]) == 0
    assert "1 pairs of 3d; canvas 64 px" in capsys.readouterr().out
    for more in (["--size", "40"], ["--limit", "0"]):
        with pytest.raises(UsageError):
            cli.main([*words, *more])
