"""The pipeline around the networks, with an engine that paints what it is told."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fakes import pictures
from fakes.engine import FakeEngine
from nurie.colorizer import Colorizer, load
from nurie.inputs import read_inputs
from nurie.protocol import Cancelled, UsageError

ORANGE, BLUE = (220, 120, 60), (40, 80, 200)


def test_the_result_is_whole() -> None:
    result = Colorizer(FakeEngine(), load_seconds=2.0).colorize(pictures.sketch(), [pictures.reference()], seed=5)
    assert (result.image.mode, result.image.size) == ("RGB", (120, 160))
    assert (result.color.mode, result.color.size) == ("RGBA", (120, 160))
    assert (result.steps, result.seed, result.model, result.engine, result.device) == (2, 5, "fake", "fake", "cpu")
    assert list(result.timings) == ["load", "encode", "warp", "denoise", "imaging", "total"]
    parts = [seconds for name, seconds in result.timings.items() if name != "total"]
    assert min(parts) >= 0
    assert result.timings["total"] >= sum(parts) > 2.0


def test_loading_is_counted_once() -> None:
    colorizer = Colorizer(FakeEngine(), load_seconds=2.0)
    timings = [colorizer.colorize(pictures.sketch(), pictures.reference()).timings for _ in range(2)]
    assert [entry["load"] for entry in timings] == [2.0, 0.0]
    assert timings[1]["total"] < 2.0


def test_colour_arrives_under_the_lines() -> None:
    """The left half of the disc is orange, so is the left of the face; its outline stays black."""
    result = Colorizer(FakeEngine()).colorize(pictures.sketch(), pictures.reference(colour=ORANGE))
    image, color = np.asarray(result.image), np.asarray(result.color)
    np.testing.assert_allclose(image[80, 35], ORANGE, atol=12)
    np.testing.assert_allclose(color[80, 35], [*ORANGE, 255], atol=12)
    assert image[80, 24:27].max(axis=1).min() < 60
    assert color[0, 0, 3] == 0
    np.testing.assert_array_equal(image[0, 0], [255, 255, 255])


@settings(max_examples=10)
@given(st.integers(32, 300), st.integers(32, 300))
def test_the_result_has_the_sketchs_size(width: int, height: int) -> None:
    result = Colorizer(FakeEngine()).colorize(pictures.sketch(width, height), pictures.reference())
    assert result.image.size == result.color.size == (width, height)


def test_several_references_give_all_tokens_and_the_best_evidence() -> None:
    engine = FakeEngine(confidence=(0.3, 0.3, 0.9, 0.9))  # each reference is matched as it is, then mirrored
    references = [pictures.reference(colour=ORANGE), pictures.reference(colour=BLUE)]
    result = Colorizer(engine).colorize(pictures.sketch(), references)
    assert (engine.encoded, engine.matched, set(engine.tokens_seen)) == (2, 4, {8})
    # Evidence is mixed with the (grey) expected colour by confidence: .9 of blue.
    np.testing.assert_allclose(np.asarray(result.color)[80, 35, :3], np.array(BLUE) * 0.9 + 127.5 * 0.1, atol=12)


def test_the_networks_around_the_denoiser_run_once() -> None:
    engine = FakeEngine()
    result = Colorizer(engine).colorize(pictures.sketch(), pictures.reference(), steps=7)
    assert result.steps == 7
    assert (engine.encoded, engine.matched, len(engine.tokens_seen)) == (1, 2, 7)


def test_a_reference_that_faces_the_other_way_is_mirrored() -> None:
    """The more confident of the two views gives the evidence: here the mirrored one, whose left half is orange."""
    halves = Image.new("RGB", (64, 64), BLUE)
    halves.paste(ORANGE, (32, 0, 64, 64))
    for confidence, left in (((0.9, 0.1), BLUE), ((0.1, 0.9), ORANGE)):
        result = Colorizer(FakeEngine(confidence=confidence)).colorize(pictures.sketch(), halves)
        painted = np.asarray(result.color)[80, 35, :3].astype(int)
        assert abs(painted - left).sum() < abs(painted - (ORANGE if left == BLUE else BLUE)).sum()


def test_guidance_calls_the_denoiser_without_conditions_too() -> None:
    engine = FakeEngine()
    Colorizer(engine).colorize(pictures.sketch(), pictures.reference(), steps=1, guidance=2.0)
    assert len(engine.tokens_seen) == 2


def test_what_is_kept_from_call_to_call_is_never_taken_for_something_else() -> None:
    """Every control that bears on the evidence, one after the other on one Colorizer, as if each had its own."""
    blue, green = (Image.new("RGBA", (120, 160), (0, 0, 0, 0)) for _ in range(2))
    blue.paste((*BLUE, 255), (55, 70, 65, 80))
    green.paste((0, 200, 0, 255), (55, 70, 65, 80))
    left, right = ([{"sketch": [60, 80], "reference": [x, 48]}] for x in (30, 66))
    calls: list[dict[str, Any]] = [
        {},
        {"hints": blue},
        {"hints": green},
        {"points": left},
        {"points": right},
        {"points": left, "hints": blue},
        {"references": pictures.reference(colour=BLUE)},
        {"sketch": pictures.sketch(160, 120)},
        {},
    ]
    kept = Colorizer(FakeEngine())
    seen = set()
    for call in calls:
        given = {"sketch": pictures.sketch(), "references": pictures.reference(), **call}
        result = kept.colorize(**given)
        assert result.color.tobytes() == Colorizer(FakeEngine()).colorize(**given).color.tobytes()
        seen.add(result.color.tobytes())
    assert len(seen) == len(calls) - 1
    before = kept.cache.misses
    kept.colorize(pictures.sketch(), pictures.reference(), seed=4, steps=3)
    assert kept.cache.misses == before


def test_same_call_same_bytes() -> None:
    results = [Colorizer(FakeEngine()).colorize(pictures.sketch(), pictures.reference(), seed=3) for _ in range(2)]
    assert results[0].image.tobytes() == results[1].image.tobytes()
    assert results[0].color.tobytes() == results[1].color.tobytes()


def test_inputs_may_be_read_before() -> None:
    inputs = read_inputs(pictures.sketch(), pictures.reference())
    early = Colorizer(FakeEngine()).colorize(inputs)
    late = Colorizer(FakeEngine()).colorize(pictures.sketch(), pictures.reference())
    assert early.image.tobytes() == late.image.tobytes()


def test_the_callback_cancels() -> None:
    engine = FakeEngine()

    def stop(info: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Colorizer(engine).colorize(pictures.sketch(), pictures.reference(), steps=9, callback=stop)
    assert len(engine.tokens_seen) == 1


@pytest.mark.parametrize(("steps", "seed", "guidance"), [(0, 0, 1.0), (101, 0, 1.0), (8, -1, 1.0), (8, 0, math.nan)])
def test_wrong_options_are_refused_before_anything_runs(steps: int, seed: int, guidance: float) -> None:
    engine = FakeEngine()
    with pytest.raises(UsageError):
        Colorizer(engine).colorize(pictures.sketch(), pictures.reference(), steps, seed, guidance)
    assert engine.encoded == 0


def test_a_device_that_is_none_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="abacus"):
        load(device="abacus")


def test_several_seeds_are_what_each_seed_gives() -> None:
    engine = FakeEngine()
    several = Colorizer(engine).colorize_several(pictures.sketch(), pictures.reference(), seeds=(4, 9, 4), steps=2)
    assert [one.seed for one in several] == [4, 9, 4]
    # What no seed changes is done once: one reference, seen twice, and two calls of the denoiser for all pictures.
    assert (engine.encoded, engine.matched, len(engine.tokens_seen)) == (1, 2, 2)
    for one in several:
        alone = Colorizer(FakeEngine()).colorize(pictures.sketch(), pictures.reference(), seed=one.seed, steps=2)
        assert one.color.tobytes() == alone.color.tobytes()
        assert one.image.tobytes() == alone.image.tobytes()


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_several_seeds_with_a_real_model(engine: str, small_model: Path) -> None:
    colorizer = load(str(small_model), engine=engine, device="cpu")
    sketch, reference = pictures.sketch(), pictures.reference()
    several = colorizer.colorize_several(sketch, reference, seeds=(1, 2), steps=2)
    assert several[0].color.tobytes() != several[1].color.tobytes()
    for one in several:
        alone = colorizer.colorize(sketch, reference, seed=one.seed, steps=2)
        # A batch may sum in another order.
        worst = np.abs(np.asarray(one.image, np.int16) - np.asarray(alone.image, np.int16)).max()
        assert worst <= (1 if engine == "torch" else 0)


def test_no_seed_is_no_order() -> None:
    with pytest.raises(UsageError, match="no seed"):
        Colorizer(FakeEngine()).colorize_several(pictures.sketch(), pictures.reference(), seeds=())


@pytest.mark.parametrize("style", [None, "flats", "shaded"])
def test_sixteen_bits_in_are_sixteen_bits_out(style: str | None) -> None:
    sketch = np.asarray(pictures.sketch().convert("RGB"))
    deep = sketch.astype(np.uint16) * np.uint16(257)
    colorizer = Colorizer(FakeEngine())
    given: dict[str, Any] = {"references": pictures.reference(), "style": style}
    plain = colorizer.colorize(pictures.sketch(), **given)
    assert (plain.image16, plain.color16, plain.picture) == (None, None, plain.image)
    for call in ({"sketch": deep}, {"sketch": sketch, "depth": 16}):
        result = colorizer.colorize(**call, **given)
        assert result.image16 is not None
        assert result.color16 is not None
        assert result.image16.dtype == result.color16.dtype == np.uint16
        assert (result.image16.shape, result.color16.shape) == ((160, 120, 3), (160, 120, 4))
        assert result.picture is result.image16
        for wide, narrow in ((result.image16, result.image), (result.color16, result.color)):
            assert np.abs(wide / 257 - np.asarray(narrow)).max() <= 0.5
        assert np.abs(np.asarray(result.image).astype(int) - np.asarray(plain.image)).max() <= 2
    assert colorizer.colorize(deep, depth=8, **given).image16 is None
    reference = np.asarray(pictures.reference().convert("RGB")).astype(np.uint16) * np.uint16(257)
    assert colorizer.colorize(sketch, reference).image16 is not None


def test_a_depth_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="8 or 16"):
        Colorizer(FakeEngine()).colorize(pictures.sketch(), pictures.reference(), depth=12)
