"""Point pairs as files and as values: what is well formed passes whole, everything else is one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie.imaging.points import MAX_POINTS, PointPair, check_points, read_points
from nurie.protocol import InputError

PAIR = {"sketch": [1, 2.5], "reference": [30, 40], "image": 1}

numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)
pairs = st.builds(PointPair, st.tuples(numbers, numbers), st.tuples(numbers, numbers), st.integers(0, 50))


@given(st.lists(pairs, min_size=1, max_size=5))
def test_pairs_pass_as_values_as_mappings_and_through_json(given_pairs: list[PointPair]) -> None:
    plain = [vars(pair) for pair in given_pairs]
    assert read_points(given_pairs) == read_points(plain) == tuple(given_pairs)
    assert read_points(json.loads(json.dumps(plain))) == tuple(given_pairs)


def test_a_file_is_read_and_the_first_image_is_meant_where_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "points.json"
    path.write_text(json.dumps([PAIR, {"sketch": [0, 0], "reference": [5, 5]}]))
    expected = (PointPair((1, 2.5), (30, 40), 1), PointPair((0, 0), (5, 5), 0))
    assert read_points(path) == read_points(str(path)) == expected
    assert read_points(()) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[NaN]", "is not JSON"),
        ('[{"sketch": [Infinity, 0], "reference": [0, 0]}]', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "does not hold a list"),
        ('"points"', "does not hold a list"),
        ("[]", "the list is empty"),
        ("[1]", "pair 1 is not an object"),
        ("[[1, 2, 3, 4]]", "pair 1 is not an object"),
        ('[{"sketch": [1, 2]}]', "pair 1 lacks 'reference'"),
        ('[{"sketch": [1, 2], "reference": [3, 4], "colour": 5}]', "pair 1 has an unknown field 'colour'"),
        ('[{"sketch": [1, 2], "reference": [3]}]', "pair 1: 'reference' must be two numbers"),
        ('[{"sketch": [1, 2, 3], "reference": [3, 4]}]', "pair 1: 'sketch' must be two numbers"),
        ('[{"sketch": "12", "reference": [3, 4]}]', "pair 1: 'sketch' must be two numbers"),
        ('[{"sketch": {"x": 1, "y": 2}, "reference": [3, 4]}]', "pair 1: 'sketch' must be two numbers"),
        ('[{"sketch": [1, null], "reference": [3, 4]}]', "pair 1: 'sketch' must be two numbers"),
        ('[{"sketch": [1, true], "reference": [3, 4]}]', "pair 1: 'sketch' must be two numbers"),
        ('[{"sketch": [1, 1e999], "reference": [3, 4]}]', "pair 1: 'sketch' must be two numbers"),
        (f'[{{"sketch": [1, 1{"0" * 400}], "reference": [3, 4]}}]', "pair 1: 'sketch' must be two numbers"),
        ('[{"sketch": [1, 2], "reference": [3, 4], "image": -1}]', "pair 1: 'image' must be a whole number"),
        ('[{"sketch": [1, 2], "reference": [3, 4], "image": 0.5}]', "pair 1: 'image' must be a whole number"),
        ('[{"sketch": [1, 2], "reference": [3, 4], "image": true}]', "pair 1: 'image' must be a whole number"),
        ('[{"sketch": [1, 2], "reference": [3, 4], "image": "0"}]', "pair 1: 'image' must be a whole number"),
    ],
)
def test_files_that_say_something_else_are_refused(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "points.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"points\.json") as refused:
        read_points(path)
    assert sentence in refused.value.message
    assert refused.value.advice


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.json: the file does not exist"):
        read_points(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_points(tmp_path)
    picture = tmp_path / "picture.json"
    picture.write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(InputError, match="is not JSON"):
        read_points(picture)
    huge = tmp_path / "huge.json"
    huge.write_text(" " * 2_000_000)
    with pytest.raises(InputError, match="too large"):
        read_points(huge)


def test_there_is_a_limit() -> None:
    pair = PointPair((0, 0), (0, 0))
    assert len(read_points([pair] * MAX_POINTS)) == MAX_POINTS
    with pytest.raises(InputError, match=f"there are {MAX_POINTS + 1} pairs"):
        read_points([pair] * (MAX_POINTS + 1))


@given(st.tuples(numbers, numbers), st.tuples(numbers, numbers), st.integers(0, 4))
def test_pairs_must_lie_inside_the_pictures_they_name(
    sketch: tuple[float, float], reference: tuple[float, float], image: int
) -> None:
    sizes = [(100, 200), (10**6, 10**6)]
    inside = (
        image < 2
        and all(0 <= place < side for place, side in zip(sketch, (300, 400), strict=True))
        and all(0 <= place < side for place, side in zip(reference, sizes[min(image, 1)], strict=True))
    )
    pair = PointPair(sketch, reference, image)
    if inside:
        check_points([pair], (300, 400), sizes)
    else:
        with pytest.raises(InputError, match="Point pair 2"):
            check_points([PointPair((0, 0), (0, 0)), pair], (300, 400), sizes)


def test_it_is_said_what_is_outside_of_what() -> None:
    with pytest.raises(InputError, match=r"outside the sketch: \[300, 0\] in 300 x 400 px"):
        check_points([PointPair((300, 0), (0, 0))], (300, 400), [(100, 100)])
    with pytest.raises(InputError, match=r"outside the reference: \[0, -1\] in 100 x 100 px"):
        check_points([PointPair((0, 0), (0, -1))], (300, 400), [(100, 100)])
    with pytest.raises(InputError, match="names reference image 1, but there are 1"):
        check_points([PointPair((0, 0), (0, 0), 1)], (300, 400), [(100, 100)])
