"""Results: kept for a while, encoded when asked for."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from nurie.imaging.encode import encode_png
from nurie.protocol import NurieError
from nurie.server.limits import Limits
from nurie.server.results import Results


def picture(side: int = 10, colour: int = 7) -> dict[str, Image.Image]:
    return {"color": Image.new("RGBA", (side, side), (colour,) * 4), "image": Image.new("RGB", (side, side))}


def test_a_part_comes_as_png_with_its_pixels() -> None:
    results = Results(Limits())
    results.put("job", picture(), 0.0)
    file = results.get("job", "color").encode()
    with Image.open(io.BytesIO(file)) as image:
        assert (image.format, image.mode) == ("PNG", "RGBA")
        assert np.asarray(image).min() == np.asarray(image).max() == 7
    assert results.get("job", "color").encode() == file


def test_encoding_frees_the_pixels() -> None:
    results = Results(Limits())
    results.put("job", picture(100), 0.0)
    assert results.nbytes == 70_000
    for part in ("color", "image"):
        results.get("job", part).encode()
    assert results.nbytes < 2_000


def test_pixels_are_loose_until_they_are_encoded() -> None:
    results = Results(Limits(pixel_seconds=5))
    results.put("a", picture(), 0.0)
    results.put("b", picture(), 3.0)
    assert results.loose(4.9) == []
    first = results.loose(5.0)
    assert [part.encoded for part in first] == [False, False]
    first[0].encode()
    assert results.loose(5.0) == first[1:]
    assert len(results.loose(8.0)) == 3


def test_many_who_ask_at_once_get_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(image: Image.Image) -> bytes:
        made.append(image)
        return encode_png(image)

    monkeypatch.setattr("nurie.imaging.encode.encode_png", counted)
    results = Results(Limits())
    results.put("a", picture(300), 0.0)
    part = results.get("a", "color")
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda _: part.encode(), range(8)))
    assert set(files) == {files[0]}
    assert len(made) == 1


def test_the_oldest_make_room_but_the_newest_always_stays() -> None:
    results = Results(Limits(kept_bytes=1_500))
    for name in ("a", "b", "c"):
        results.put(name, picture(), 0.0)
    assert len(results) == 2
    with pytest.raises(NurieError) as caught:
        results.get("a", "color")
    assert caught.value.code == "gone"
    results.put("large", picture(1000), 0.0)
    assert len(results) == 1
    assert results.get("large", "image")


def test_time_runs_out() -> None:
    results = Results(Limits(kept_seconds=10))
    results.put("a", picture(), 0.0)
    results.put("b", picture(), 5.0)
    results.sweep(9.0)
    assert len(results) == 2
    results.sweep(10.0)
    assert len(results) == 1
    results.drop("b")
    results.drop("b")
    assert len(results) == 0
