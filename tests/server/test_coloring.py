"""One job's work: memory that runs out, inputs that stay at hand, previews that lie over the drawing."""

from __future__ import annotations

import base64
import hashlib
import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fakes import pictures
from fakes.engine import FakeEngine, Floats
from fakes.service import host_of, png
from nurie.imaging.canvas import fit
from nurie.protocol import Cancelled, JobRequest, MemoryLimitError
from nurie.server.coloring import Progress, Workbench, summary
from nurie.server.limits import Limits
from nurie.server.preview import Previews, coarse, encode_preview


class Hungry(FakeEngine):
    """Runs out of memory so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        super().__init__()
        self.times, self.error = times, error

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        if self.times:
            self.times -= 1
            raise self.error
        return super().denoise(x_t, t, sketch, evidence, tokens)


class Told:
    """What a job's work told, in order."""

    def __init__(self, stop_at: str = "") -> None:
        self.said: list[str] = []
        self.previews: list[str] = []
        self.stop_at = stop_at

    def say(self, what: str) -> None:
        self.said.append(what)
        if what == self.stop_at:
            raise Cancelled

    def step(self, number: int, preview: str | None) -> None:
        self.say(f"step {number}")
        if preview is not None:
            self.previews.append(preview)

    def progress(self) -> Progress:
        return Progress(
            checkpoint=lambda: self.say("?"),
            running=lambda steps: self.say(f"running {steps}"),
            denoising=lambda: None,
            step=self.step,
            finishing=lambda: self.say("finishing"),
        )


def job(sketch: Image.Image | None = None, **fields: int) -> tuple[JobRequest, dict[str, bytes]]:
    files = [png(sketch or pictures.sketch()), png(pictures.reference())]
    images = {hashlib.sha256(data).hexdigest(): data for data in files}
    first, second = images
    return JobRequest(first, (second,), **fields), images  # type: ignore[arg-type]


def no_memory_in_opencv() -> Exception:
    """As OpenCV raises it."""
    error = cv2.error("Failed to allocate")
    error.code = cv2.Error.StsNoMem
    return error


@pytest.mark.parametrize("error", [MemoryLimitError("No."), MemoryError(), no_memory_in_opencv()])
def test_memory_that_runs_out_once_is_met_with_half_the_size(error: Exception) -> None:
    host = host_of(Hungry(1, error))
    told = Told()
    result, half = Workbench(host, Limits()).color(*job(pictures.sketch(121, 161)), told.progress())
    assert half
    assert result.image.size == result.color.size == (121, 161)
    assert (result.image.mode, result.color.mode) == ("RGB", "RGBA")
    assert summary(result, half=half)["half_size"] is True
    assert host.loads == 2
    assert [what for what in told.said if what != "?"] == [
        *("running 2", "step 0"),
        *("running 2", "step 0", "step 1", "step 2", "finishing"),
    ]
    whole, _ = Workbench(host_of(FakeEngine()), Limits()).color(*job(pictures.sketch(121, 161)), Told().progress())
    difference = np.abs(np.asarray(whole.color, np.int16) - np.asarray(result.color, np.int16))
    assert np.median(difference) < 8


def test_memory_that_runs_out_twice_is_an_error_with_figures_and_frees_the_model() -> None:
    host = host_of(Hungry(2, MemoryError()))
    with pytest.raises(MemoryLimitError, match=r"120 x 160 px .* MB") as caught:
        Workbench(host, Limits()).color(*job(), Told().progress())
    assert caught.value.advice
    assert not host.is_loaded


def test_other_errors_are_not_tried_again() -> None:
    host = host_of(Hungry(1, ValueError("other")))
    with pytest.raises(ValueError, match="other"):
        Workbench(host, Limits()).color(*job(), Told().progress())
    assert host.loads == 1


@pytest.mark.parametrize("stop_at", ["?", "running 2", "step 1", "finishing"])
def test_every_report_may_stop_the_work(stop_at: str) -> None:
    bench = Workbench(host_of(FakeEngine()), Limits())
    with pytest.raises(Cancelled):
        bench.color(*job(), Told(stop_at).progress())
    bench.color(*job(), Told().progress())


def test_a_checkpoint_comes_before_every_network() -> None:
    engine, told = FakeEngine(), Told()
    Workbench(host_of(engine), Limits()).color(*job(steps=3), told.progress())
    networks = engine.encoded + engine.matched + len(engine.tokens_seen)
    assert told.said.count("?") >= networks == 1 + 2 + 3


def test_another_seed_skips_reading_encoding_and_matching() -> None:
    engine = FakeEngine()
    bench = Workbench(host_of(engine), Limits())
    request, images = job(seed=1)
    bench.color(request, images, Told().progress())
    again = JobRequest(request.sketch, request.references, seed=2, steps=5)
    bench.color(again, {}, Told().progress())  # without the files: nothing is read again
    assert (engine.encoded, engine.matched, len(engine.tokens_seen)) == (1, 2, 7)


def test_another_sketch_with_the_same_reference_skips_encoding_alone() -> None:
    engine = FakeEngine()
    bench = Workbench(host_of(engine), Limits())
    bench.color(*job(), Told().progress())
    bench.color(*job(pictures.sketch(200, 100)), Told().progress())
    assert (engine.encoded, engine.matched) == (1, 4)


def test_what_is_at_hand_gives_the_same_bytes_as_what_is_not() -> None:
    bench = Workbench(host_of(FakeEngine()), Limits())
    first, again = (bench.color(*job(seed=3), Told().progress())[0] for _ in range(2))
    fresh, _ = Workbench(host_of(FakeEngine()), Limits()).color(*job(seed=3), Told().progress())
    assert first.image.tobytes() == again.image.tobytes() == fresh.image.tobytes()
    assert first.color.tobytes() == again.color.tobytes() == fresh.color.tobytes()


def test_previews_are_small_jpegs_of_the_drawings_proportions() -> None:
    told = Told()
    Workbench(host_of(FakeEngine()), Limits(previews_per_second=1e9)).color(
        *job(pictures.sketch(300, 600), steps=3), told.progress()
    )
    assert len(told.previews) == 2 + 3
    for preview in told.previews:
        with Image.open(io.BytesIO(base64.b64decode(preview))) as image:
            assert (image.format, image.size) == ("JPEG", (128, 256))


@settings(max_examples=30)
@given(st.integers(100, 900), st.integers(100, 900), st.integers(64, 256))
def test_a_preview_lies_over_the_drawing(width: int, height: int, side: int) -> None:
    """A red square that was painted around a place of the drawing is red at that place of the preview."""
    box = (width // 4, height // 4, width - width // 4, height - height // 4)
    placement = fit(box, 64)
    canvas = np.ones((1, 3, 64, 64), np.float32)
    u, v = placement.point_to_canvas(width / 2 - 0.5, height / 2 - 0.5)
    canvas[0, 1:, max(0, round(v) - 12) : round(v) + 13, max(0, round(u) - 12) : round(u) + 13] = -1
    preview = encode_preview(canvas, placement, (height, width), side)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(preview))), np.int16)
    assert max(pixels.shape[:2]) == min(side, max(width, height))
    red, green, _ = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert red > green + 100


def test_the_first_preview_is_what_the_references_lay_on_white_paper() -> None:
    """It is there after the first of the matches, and what nothing is known of stays paper."""
    told = Told()
    limits = Limits(previews_per_second=1e-9)  # the first and no other
    Workbench(host_of(FakeEngine()), limits).color(*job(pictures.sketch(300, 600), steps=2), told.progress())
    assert [what for what in told.said if what != "?"] == ["running 2", "step 0", "step 1", "step 2", "finishing"]
    assert len(told.previews) == 1
    assert told.said.index("step 0") == told.said.index("running 2") + 3  # asked before the encoder and one match
    evidence = np.full((1, 4, 2, 2), 0.5, np.float32)
    evidence[:, 3] = np.array([[0, 1], [0.5, 1]])
    assert coarse(evidence)[0, 0].tolist() == [[1, 0.5], [0.75, 0.5]]


def test_previews_keep_their_distance() -> None:
    now = 0.0
    previews = Previews(5, lambda: now)
    made = []
    for tick in range(100):
        now = tick / 100
        if previews.due():
            made.append(now)
    assert made == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8], abs=0.011)
