"""PNG files made by strips."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from nurie.imaging import encode
from nurie.imaging.encode import encode_png

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda size: st.sampled_from([size, (*size, 3), (*size, 4)])
)


@settings(max_examples=100)
@given(SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, shape)), st.integers(1, 3000))
def test_every_picture_comes_back_however_it_is_cut(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], strip: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "_STRIP", strip)
        file = encode_png(Image.fromarray(pixels))
    with Image.open(io.BytesIO(file)) as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)
    with Image.open(io.BytesIO(file)) as image:
        image.verify()


@given(st.binary(max_size=5000), st.binary(max_size=5000))
def test_checksums_of_parts_are_put_together(first: bytes, second: bytes) -> None:
    whole = zlib.adler32(first + second)
    assert encode._combined(zlib.adler32(first), zlib.adler32(second), len(second)) == whole


def test_the_whole_stream_is_one_that_any_zlib_reads() -> None:
    """Pillow forgives a wrong checksum at the end of the stream; other readers do not."""
    pixels = np.random.default_rng(0).integers(0, 255, (3000, 500, 3), np.uint8)
    file = encode_png(Image.fromarray(pixels))
    stream, place = b"", 8
    while place < len(file):
        length = int.from_bytes(file[place : place + 4], "big")
        if file[place + 4 : place + 8] == b"IDAT":
            stream += file[place + 8 : place + 8 + length]
        place += 12 + length
    assert file.count(b"IDAT") >= 4
    assert len(zlib.decompress(stream)) == 3000 * 1501


def test_the_same_picture_gives_the_same_bytes() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 9, (2000, 900, 4), np.uint8))
    assert encode_png(image) == encode_png(image)


def test_other_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="mode P"):
        encode_png(Image.new("P", (4, 4)))
