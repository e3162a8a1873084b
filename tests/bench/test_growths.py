"""Curves of made-up and of real growths, and their picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nurie.bench import growths
from nurie.bench.growth import SWEEPS
from nurie.bench.plot import draw


def made_up(exponent: float) -> dict[int, list[dict[str, float]]]:
    return {
        side: [{"seconds": 0.5 + 2 * (side**2 / 1e6) ** exponent, "peak_bytes": 3e8} for _ in range(3)]
        for side in SWEEPS["canvas"]
    }


def test_canvases_count_by_their_pixels() -> None:
    found = growths.curves("canvas", made_up(1.0))
    assert found["x"] == [side**2 / 1e6 for side in SWEEPS["canvas"]]
    assert found["seconds_fit"]["exponent"] == pytest.approx(1, abs=0.02)
    assert found["peak_bytes_fit"]["factor"] == 0


@pytest.mark.parametrize(("exponent", "verdict"), [(0.5, "yes"), (1.0, "yes"), (1.4, "NO")])
def test_more_than_linear_is_said(exponent: float, verdict: str) -> None:
    machine = {"nurie": "1", "date": "d", "processor": "p", "processors": 1, "threads": 1, "memory_bytes": None}
    machine |= {"load": None, "system": "s", "python": "3", "versions": {}}
    report = {"machine": machine, "warnings": [], "rounds": 3}
    report["growths"] = {"canvas": growths.curves("canvas", made_up(exponent))}
    last = growths.text(report).splitlines()[-1]
    assert last.startswith("megapixels")
    assert last.split()[-1] == verdict
    assert growths.text(report | {"warnings": ["busy"]}).split()[-1] == "yes"  # the clock alone says otherwise
    assert growths.text(report, markdown=True).splitlines()[-1].endswith(f"| {verdict} |")


def test_the_picture_shows_every_growth_twice() -> None:
    one, two = (draw({name: growths.curves("canvas", made_up(1.0)) for name in names}) for names in ("a", "ab"))
    assert two.size == (2 * one.width, one.height)
    left, right = (np.asarray(two)[:, part] for part in (slice(one.width), slice(one.width, None)))
    assert (left == right).all()
    assert (left == np.asarray(one)).all()
    assert len(np.unique(left.reshape(-1, 3), axis=0)) > 10


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("what", "values"), [("steps", (1, 2, 3)), ("regions", (64, 96, 128)), ("flats", (64, 96, 128))]
)
def test_a_real_growth_is_measured(small_model: Path, what: str, values: tuple[int, ...]) -> None:
    """Three points in processes of their own, one through a real engine; what they cost is not asked."""
    task = {"engine": "onnx", "device": "cpu", "model": str(small_model), "models": None}
    seen: list[tuple[int, int]] = []
    report = growths.grow([what], task, 1, 1, lambda done, total, what: seen.append((done, total)), {what: values})
    found = report["growths"][what]
    assert found["x"] == list(values if what == "steps" else [side**2 / 1e6 for side in values])
    assert min(found["seconds"]) > 0
    assert min(found["processor_seconds"]) > 0
    assert min(found["peak_bytes"]) > 10e6
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
