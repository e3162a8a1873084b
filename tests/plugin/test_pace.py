"""The time estimate: learnt, robust, never absurd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.pace import KEPT, Job, Pace, fit, in_words

JOBS = st.builds(
    Job,
    steps=st.integers(1, 50),
    megapixels=st.floats(0.004, 256),
    seconds=st.floats(0.01, 5000),
)


def cost(steps: int, megapixels: float) -> float:
    """A computer of which we know everything: 2 s a job, 1.5 s a megapixel, 3 s a step."""
    return 2.0 + 1.5 * megapixels + 3.0 * steps


ORDINARY = [(4, 3.0), (4, 1.0), (8, 3.0), (1, 3.0), (4, 12.0), (8, 1.0), (4, 3.0), (2, 0.5)]


@pytest.fixture
def pace(qapp: object, data_folder: Path) -> Pace:
    return Pace(data_folder)


def learn(pace: Pace) -> None:
    for steps, megapixels in ORDINARY:
        pace.learn(steps, megapixels, cost(steps, megapixels))


def test_a_guess_before_anything_is_known(pace: Pace) -> None:
    assert 1 < pace.estimate(4, 3.0) < 30
    assert pace.estimate(4, 3.0, cold=True) > pace.estimate(4, 3.0)


def test_one_job_is_enough_to_be_about_right(pace: Pace) -> None:
    pace.learn(4, 3.0, 40.0)
    assert pace.estimate(4, 3.0) == pytest.approx(40, rel=0.15)


@pytest.mark.parametrize(("steps", "megapixels"), [(4, 3.0), (12, 3.0), (1, 1.0), (4, 16.0)])
def test_a_computer_is_learnt_and_extended_to_what_was_not_seen(pace: Pace, steps: int, megapixels: float) -> None:
    learn(pace)
    assert pace.estimate(steps, megapixels) == pytest.approx(cost(steps, megapixels), rel=0.1)


def test_a_job_during_which_the_computer_slept_changes_little(pace: Pace) -> None:
    learn(pace)
    pace.learn(4, 3.0, 3600.0)
    assert pace.estimate(4, 3.0) == pytest.approx(cost(4, 3.0), rel=0.15)


def test_a_cold_start_is_kept_apart(pace: Pace) -> None:
    learn(pace)
    for start in (9.0, 11.0, 200.0):
        pace.learn(4, 3.0, cost(4, 3.0) + start, cold=True)
    assert pace.estimate(4, 3.0) == pytest.approx(cost(4, 3.0), rel=0.1)
    assert pace.estimate(4, 3.0, cold=True) - pace.estimate(4, 3.0) == pytest.approx(11, abs=2)


def test_a_faster_computer_takes_over_after_a_while(pace: Pace) -> None:
    learn(pace)
    for _ in range(KEPT):
        pace.learn(4, 3.0, 2.0)
    assert pace.estimate(4, 3.0) == pytest.approx(2.0, rel=0.1)


def test_engines_do_not_mix(pace: Pace) -> None:
    told: list[None] = []
    pace.changed.connect(lambda: told.append(None))
    learn(pace)
    slow = pace.estimate(4, 3.0)
    pace.engine = "cuda"
    pace.learn(4, 3.0, 0.5)
    assert pace.estimate(4, 3.0) < 1
    pace.engine = ""
    assert pace.estimate(4, 3.0) == slow
    assert len(told) == len(ORDINARY) + 3


def test_what_was_learnt_is_there_next_time(pace: Pace, data_folder: Path) -> None:
    learn(pace)
    pace.learn(4, 3.0, 60.0, cold=True)
    again = Pace(data_folder)
    assert again.estimate(7, 2.0, cold=True) == pace.estimate(7, 2.0, cold=True)


def test_no_more_is_kept_than_counts(pace: Pace, data_folder: Path) -> None:
    for number in range(KEPT + 20):
        pace.learn(4, 1.0, 5.0 + number / 100)
    (engine,) = json.loads((data_folder / "pace.json").read_text(encoding="utf-8"))["engines"].values()
    assert len(engine["jobs"]) == KEPT
    assert engine["jobs"][-1] == [4, 1.0, 5.0 + (KEPT + 19) / 100]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"engines": 3}', '{"engines": {"": {"jobs": [[1], "x", [4, 1, -2]]}}}']
)
def test_a_file_that_makes_no_sense_does_no_harm(qapp: object, data_folder: Path, content: str) -> None:
    data_folder.mkdir()
    (data_folder / "pace.json").write_text(content, encoding="utf-8")
    broken = Pace(data_folder)
    assert broken.estimate(4, 3.0) == Pace(data_folder / "none").estimate(4, 3.0)
    broken.learn(4, 3.0, 40.0)
    assert Pace(data_folder).estimate(4, 3.0) == pytest.approx(40, rel=0.15)


def test_a_folder_that_cannot_be_written_is_no_matter(qapp: object, data_folder: Path) -> None:
    data_folder.write_text("no folder", encoding="utf-8")
    pace = Pace(data_folder)
    pace.learn(4, 3.0, 40.0)
    assert pace.estimate(4, 3.0) == pytest.approx(40, rel=0.15)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_times_teach_nothing(pace: Pace, seconds: float) -> None:
    before = pace.estimate(4, 3.0)
    pace.learn(4, 3.0, seconds)
    assert pace.estimate(4, 3.0) == before


@given(jobs=st.lists(JOBS, max_size=KEPT))
def test_more_work_never_takes_less_and_time_is_never_negative(jobs: list[Job]) -> None:
    assert min(fit(jobs)) >= 0
    assert all(part < 1e7 for part in fit(jobs))


@given(job=JOBS)
def test_a_job_seen_often_is_what_is_expected(job: Job) -> None:
    base, area, step = fit([job] * 10)
    assert base + area * job.megapixels + step * job.steps == pytest.approx(job.seconds, rel=0.1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "under 1 s"),
        (0.97, "about 1 s"),
        (4.2, "about 4 s"),
        (9.4, "about 9 s"),
        (9.6, "about 10 s"),
        (33, "about 35 s"),
        (57.4, "about 55 s"),
        (58, "about 1 min"),
        (200, "about 3 min"),
        (3590, "about 1 h"),
        (7300, "about 2 h"),
    ],
)
def test_a_duration_is_said_as_one_says_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
