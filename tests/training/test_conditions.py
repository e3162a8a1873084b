"""Every state in which evidence can reach the denoiser occurs, and each is what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from nurie.imaging.evidence import Evidence, evidence
from nurie.protocol import InputError, ModelError
from nurie.training.conditions import ConditionConfig, Conditions, add_hints, flawed_match, true_match, unit
from nurie.training.loader import Batch
from nurie.training.pairs import UNKNOWN, Pair, Pairs
from training.runs import CONDITIONS

WHOLE = replace(CONDITIONS, crop=64, hints=0.0, shuffle=0.0)


def samples(pack: Path, matcher: Path, config: ConditionConfig, count: int) -> list[Batch]:
    data = Conditions(pack, matcher, config, 0, 1000)
    return [data[index] for index in range(count)]


def confidence(sample: Batch) -> torch.Tensor:
    return sample["evidence"][3]


def test_every_state_occurs(pack_folder: Path, matcher_checkpoint: Path) -> None:
    drawn = samples(pack_folder, matcher_checkpoint, replace(CONDITIONS, hints=0.3), 60)
    without = [not confidence(sample).any() for sample in drawn]
    hinted = [bool((confidence(sample) == 1).any()) for sample in drawn]
    kept = [bool(sample["keep_reference"]) for sample in drawn]
    for state in (without, hinted, kept):
        assert any(state)
        assert not all(state)
    assert len({int(sample["noise_seed"]) for sample in drawn}) == len(drawn)


def test_shapes_and_ranges(pack_folder: Path, matcher_checkpoint: Path) -> None:
    for sample in samples(pack_folder, matcher_checkpoint, CONDITIONS, 8):
        shapes = {name: tuple(value.shape) for name, value in sample.items()}
        assert shapes.pop("noise_seed") == shapes.pop("keep_reference") == ()
        assert shapes == {
            "color": (3, 32, 32),
            "sketch": (1, 32, 32),
            "evidence": (4, 32, 32),
            "reference": (3, 32, 32),
        }
        assert all(sample[name].dtype == torch.float32 for name in shapes)
        assert all(sample[name].abs().max() <= 1.0001 for name in shapes)
        assert confidence(sample).min() >= 0


def test_without_evidence_there_is_none(pack_folder: Path, matcher_checkpoint: Path) -> None:
    for sample in samples(pack_folder, matcher_checkpoint, replace(WHOLE, matched=0.0, true=0.0), 4):
        assert not sample["evidence"].any()


def test_the_matcher_answers_where_the_truth_is_not_asked(pack_folder: Path, matcher_checkpoint: Path) -> None:
    for sample in samples(pack_folder, matcher_checkpoint, replace(WHOLE, matched=1.0, true=0.0), 4):
        assert confidence(sample).min() > 0
        assert confidence(sample).max() < 1


def test_a_crop_is_cut_from_all_planes_alike(pack_folder: Path, matcher_checkpoint: Path) -> None:
    config = replace(WHOLE, matched=1.0, true=0.0)
    whole = samples(pack_folder, matcher_checkpoint, config, 6)
    for sample, full in zip(samples(pack_folder, matcher_checkpoint, replace(config, crop=32), 6), whole, strict=True):
        planes, cut = (torch.cat([part[name] for name in ("color", "sketch", "evidence")]) for part in (full, sample))
        windows = planes.unfold(1, 32, 1).unfold(2, 32, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
        assert (windows == cut).flatten(1).all(dim=1).any()


def test_hints_are_the_true_colours_and_fully_trusted() -> None:
    rng = np.random.default_rng(0)
    color = rng.uniform(-1, 1, (64, 64, 3)).astype(np.float32)
    before = Evidence(np.zeros_like(color), np.full((64, 64), 0.25, np.float32))
    for _ in range(20):
        after = add_hints(before, color, rng)
        dabbed = after.confidence == 1
        assert dabbed.any()
        np.testing.assert_array_equal(after.rgb[dabbed], color[dabbed])
        np.testing.assert_array_equal(after.rgb[~dabbed], 0)
        np.testing.assert_array_equal(after.confidence[~dabbed], 0.25)


def test_true_evidence_lies_on_the_truth(pack_folder: Path) -> None:
    pairs, seen = Pairs(pack_folder), 0
    for index in range(6):
        pair = pairs.sample(index, 128, kinds={"drawn": 1}, self_share=1, recolour=0)
        match = true_match(pair)
        assert match is not None
        moved = evidence(match, unit(pair.reference))
        # Away from the picture's own edge, where the truth is coordinates and every neighbour was found.
        inside = (moved.confidence > 0.999) & (pair.color[..., 2] == 0) & (pair.color[..., :2].min(axis=2) > 20)
        inside &= pair.color[..., :2].max(axis=2) < 235
        inside[:4], inside[-4:], inside[:, :4], inside[:, -4:] = False, False, False, False
        seen += int(inside.sum())
        error = np.abs(moved.rgb - unit(pair.color))[inside]
        assert error.mean() < 0.02
        assert error.max() < 0.15  # half a cell, beside cells without a partner
    assert seen > 5000


def test_flawed_evidence_is_shifted_partial_or_doubted(pack_folder: Path) -> None:
    pair = Pairs(pack_folder).sample(0, 128, kinds={"drawn": 1}, self_share=1)
    exact, rng = true_match(pair), np.random.default_rng(0)
    flawed = [flawed_match(pair, rng) for _ in range(30)]
    assert exact is not None
    assert any((match.flow != exact.flow).any() for match in flawed if match)
    assert any(match.found.sum() < exact.found.sum() for match in flawed if match)
    assert all(0.6 <= match.confidence[match.found > 0].min() < 1 for match in flawed if match and match.found.any())


def test_an_unknown_truth_is_no_evidence() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    pair = Pair(picture, picture[..., 0], picture, np.full((8, 8, 2), UNKNOWN, np.float32))
    assert true_match(pair) is None
    assert flawed_match(pair, np.random.default_rng(0)) is None


def test_shuffling_moves_the_reference_and_nothing_else(pack_folder: Path, matcher_checkpoint: Path) -> None:
    plain = samples(pack_folder, matcher_checkpoint, WHOLE, 4)
    shuffled = samples(pack_folder, matcher_checkpoint, replace(WHOLE, shuffle=1.0), 4)
    moved = 0
    for one, other in zip(plain, shuffled, strict=True):
        assert torch.equal(one["color"], other["color"])
        assert torch.equal(one["reference"].flatten().sort().values, other["reference"].flatten().sort().values)
        moved += not torch.equal(one["reference"], other["reference"])
    assert moved


def test_canvases_of_several_sizes_give_crops_of_one(pack_folder: Path, matcher_checkpoint: Path) -> None:
    one = samples(pack_folder, matcher_checkpoint, CONDITIONS, 6)
    several = samples(pack_folder, matcher_checkpoint, replace(CONDITIONS, largest=2 * CONDITIONS.canvas), 6)
    assert {sample["color"].shape for sample in one} == {sample["color"].shape for sample in several}
    assert any(not torch.equal(a["sketch"], b["sketch"]) for a, b in zip(one, several, strict=True))


@pytest.mark.parametrize(
    "wrong",
    [{"crop": 300}, {"hints": 1.5}, {"hints": -0.1}, {"canvas": 0}, {"largest": 128}, {"matched": 0.8, "true": 0.3}],
)
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must not be|does not fit|smaller|add up"):
        ConditionConfig(**wrong)  # type: ignore[arg-type]


def test_a_missing_pack_or_matcher_is_told_at_once(pack_folder: Path, matcher_checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Conditions(tmp_path, matcher_checkpoint, CONDITIONS, 0, 1)
    with pytest.raises(ModelError):
        Conditions(pack_folder, tmp_path / "none.safetensors", CONDITIONS, 0, 1)


def test_hints_lie_where_the_artist_put_them() -> None:
    nothing = Evidence(np.zeros((32, 32, 3), np.float32), np.zeros((32, 32), np.float32))
    strokes = np.zeros((32, 32), np.uint8)
    strokes[4:8, 10:20] = 255
    color = np.full((32, 32, 3), 0.5, np.float32)
    hinted = add_hints(nothing, color, np.random.default_rng(0), strokes)
    np.testing.assert_array_equal(hinted.confidence > 0, strokes > 0)
    assert (hinted.rgb[strokes > 0] == 0.5).all()
    anywhere = add_hints(nothing, color, np.random.default_rng(0), np.zeros_like(strokes))
    assert anywhere.confidence.any()
