"""Pictures as people have them: upright, sRGB, bounded, without metadata, or refused in one sentence."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw
from PIL.PngImagePlugin import PngInfo

from nurie_krita.flatten import flattened
from nurie_krita.pictures import MAX_BYTES, MAX_SIDE, THUMBNAIL_SIDE, Picture, from_bytes, from_file, from_image
from nurie_krita.protocol import InputError, NurieError
from nurie_krita.qt import QtGui

ORANGE = (240, 128, 32)
BLUE = (30, 60, 200)


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """Qt's image formats are plugins, which belong to an application."""


def two_halves(mode: str = "RGB", size: tuple[int, int] = (200, 100)) -> Image.Image:
    """Orange on the left, blue on the right."""
    image = Image.new("RGB", size, ORANGE)
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), BLUE)
    return image.quantize(4) if mode == "P" else image.convert(mode)


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def opened(picture: Picture) -> Image.Image:
    """What was kept, read by somebody else than Qt."""
    assert hashlib.sha256(picture.data).hexdigest() == picture.digest
    image = Image.open(io.BytesIO(picture.data))
    assert image.size == (picture.width, picture.height)
    assert image.format == {"png": "PNG", "jpg": "JPEG"}[picture.suffix]
    return image


def near(pixel: object, color: tuple[float, ...], tolerance: int) -> bool:
    return isinstance(pixel, tuple) and all(abs(a - b) <= tolerance for a, b in zip(pixel, color, strict=False))


ORDINARY: dict[str, tuple[Image.Image, str, dict[str, Any], int]] = {
    "png": (two_halves(), "PNG", {}, 0),
    "palette png": (two_halves("P"), "PNG", {}, 0),
    "interlaced": (two_halves(), "PNG", {"interlace": 1}, 0),
    "jpeg": (two_halves(), "JPEG", {"quality": 95}, 6),
    "progressive jpeg": (two_halves(), "JPEG", {"quality": 95, "progressive": True}, 6),
    "print jpeg": (two_halves("CMYK"), "JPEG", {"quality": 95}, 6),
    "bmp": (two_halves(), "BMP", {}, 0),
    "tiff": (two_halves(), "TIFF", {}, 0),
    "print tiff": (two_halves("CMYK"), "TIFF", {}, 2),
    "webp": (two_halves(), "WEBP", {"lossless": True}, 0),
    "gif": (two_halves("P"), "GIF", {}, 0),
    "animated gif": (two_halves(), "GIF", {"save_all": True, "append_images": [Image.new("RGB", (200, 100))]}, 8),
    "animated png": (two_halves(), "PNG", {"save_all": True, "append_images": [Image.new("RGB", (200, 100))]}, 0),
    "animated webp": (
        two_halves(),
        "WEBP",
        {"save_all": True, "append_images": [Image.new("RGB", (200, 100))], "lossless": True},
        0,
    ),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_formats_that_people_have(kind: str) -> None:
    image, format_, options, tolerance = ORDINARY[kind]
    picture = from_bytes(encoded(image, format_, **options), kind)
    kept = opened(picture).convert("RGB")
    assert (picture.suffix == "jpg") == (format_ == "JPEG")
    assert kept.size == (200, 100)
    assert near(kept.getpixel((40, 50)), ORANGE, tolerance)
    assert near(kept.getpixel((160, 50)), BLUE, tolerance)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_turned_upright(orientation: int) -> None:
    """What PIL makes of the same tag, an implementation of its own, is the measure."""
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(two_halves(), "JPEG", exif=exif, quality=95)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    kept = opened(from_bytes(data, "photo"))
    assert kept.size == expected.size
    worst = np.asarray(ImageChops.difference(kept.convert("RGB"), expected.convert("RGB"))).max()
    assert worst < 48  # JPEG's ringing along the edge; a half in the wrong place differs by 200
    assert 0x0112 not in kept.getexif()


def test_transparency_is_kept_exactly_enough() -> None:
    image = two_halves("RGBA")
    image.putalpha(Image.linear_gradient("L").resize((200, 100)))
    kept = opened(from_bytes(encoded(image, "PNG"), "soft"))
    assert kept.mode == "RGBA"
    assert ImageChops.difference(kept.getchannel("A"), image.getchannel("A")).getextrema() == (0, 0)
    opaque = kept.getpixel((40, 99))
    assert near(opaque, ORANGE, 1)


def test_deep_and_grey_pictures_become_eight_bit() -> None:
    deep = opened(from_bytes(encoded(Image.new("I;16", (64, 64), 30000), "PNG"), "deep")).convert("RGB")
    assert near(deep.getpixel((5, 5)), (117, 117, 117), 1)
    gray = opened(from_bytes(encoded(Image.new("LA", (64, 64), (100, 50)), "PNG"), "gray")).convert("RGBA")
    assert near(gray.getpixel((5, 5)), (100, 100, 100, 50), 0)


def test_wide_gamut_becomes_srgb() -> None:
    """The measure: Display P3 to sRGB by the matrix of their primaries (both D65, both with sRGB's curve)."""
    wide = QtGui.QImage(64, 64, QtGui.QImage.Format.Format_RGB32)
    wide.fill(QtGui.QColor(200, 60, 60))
    wide.setColorSpace(QtGui.QColorSpace(QtGui.QColorSpace.NamedColorSpace.DisplayP3))
    kept = opened(from_image(wide, "wide"))
    assert "icc_profile" not in kept.info
    encoded_ = np.array([200, 60, 60]) / 255
    linear = np.where(encoded_ <= 0.04045, encoded_ / 12.92, ((encoded_ + 0.055) / 1.055) ** 2.4)
    to_srgb = np.array([[1.22494, -0.22494, 0.0], [-0.04206, 1.04206, 0.0], [-0.01964, -0.07864, 1.09827]])
    expected = 255 * (1.055 * (to_srgb @ linear) ** (1 / 2.4) - 0.055)
    assert near(kept.convert("RGB").getpixel((5, 5)), tuple(expected), 2)


def _secret() -> PngInfo:
    info = PngInfo()
    info.add_text("Author", "secret")
    return info


TOLD_TOO_MUCH = {
    "jpeg": encoded(two_halves(), "JPEG", exif=b"Exif\0\0secret place", comment=b"secret"),
    "png": encoded(two_halves(), "PNG", pnginfo=_secret()),
}


@pytest.mark.parametrize("data", TOLD_TOO_MUCH.values(), ids=TOLD_TOO_MUCH)
def test_no_metadata_comes_along(data: bytes) -> None:
    assert b"secret" in data
    picture = from_bytes(data, "photo")
    assert b"secret" not in picture.data
    assert not {"Author", "exif", "comment", "icc_profile"} & set(opened(picture).info)


def test_the_same_pixels_are_the_same_picture() -> None:
    pixels = two_halves()
    info = PngInfo()
    info.add_text("Author", "Alice")
    again = encoded(pixels, "PNG", pnginfo=info, dpi=(72, 72), compress_level=1)
    assert from_bytes(encoded(pixels, "PNG"), "one").digest == from_bytes(again, "other").digest


def test_large_pictures_are_scaled_down() -> None:
    picture = from_bytes(encoded(two_halves(size=(5000, 1250)), "PNG"), "poster")
    assert opened(picture).size == (MAX_SIDE, MAX_SIDE // 4)
    assert max(picture.thumbnail.width(), picture.thumbnail.height()) == THUMBNAIL_SIDE


def test_small_pictures_are_not_enlarged() -> None:
    picture = from_bytes(encoded(two_halves(size=(40, 20)), "PNG"), "icon")
    assert opened(picture).size == (40, 20)
    assert (picture.thumbnail.width(), picture.thumbnail.height()) == (40, 20)


def test_a_picture_over_qts_own_limit_is_read() -> None:
    """12000 × 4000 pixels are 183 MiB in memory; Qt 6 gives up at 128 unless told otherwise."""
    data = encoded(Image.new("L", (12000, 4000), 77), "PNG")
    assert opened(from_bytes(data, "map")).size == (2048, 682)


@pytest.mark.parametrize("names", [("mergedimage.png",), ("preview.png",), ("preview.png", "mergedimage.png")])
def test_kritas_own_files_are_read_by_their_merged_picture(names: tuple[str, ...]) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        for name in names:
            size = (200, 100) if name == names[-1] else (32, 16)
            archive.writestr(name, encoded(two_halves(size=size), "PNG"))
    assert opened(from_bytes(file.getvalue(), "page.kra")).size == (200, 100)


REFUSED = {
    "empty": (b"", "is empty"),
    "text": (b"once upon a time", "is not a picture that can be read here"),
    "a program": (os.urandom(4096), "is not a picture that can be read here"),
    "truncated png": (encoded(Image.effect_noise((300, 300), 90), "PNG")[:9000], "is damaged"),
    "header only": (encoded(two_halves(), "JPEG")[:200], "is damaged"),
    "too many pixels": (encoded(Image.new("1", (30000, 20000)), "PNG"), r"too large to open \(30000 × 20000 pixels\)"),
    "a dot": (encoded(two_halves(size=(8, 200)), "PNG"), r"too small \(8 × 200 pixels\)"),
    "nothing to see": (encoded(Image.new("RGBA", (90, 90), (255, 0, 0, 0)), "PNG"), "is fully transparent"),
    "a zip": (b"PK\3\4 no archive", "is not a picture that can be read here"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_a_reference_is_one_sentence_and_an_advice(kind: str) -> None:
    data, sentence = REFUSED[kind]
    with pytest.raises(InputError, match=rf"^My picture\.png .*{sentence}") as refusal:
        from_bytes(data, "My picture.png")
    assert refusal.value.message.endswith(".")
    assert refusal.value.advice.endswith(".")
    assert "\n" not in str(refusal.value)


def test_a_folder_or_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        from_file(tmp_path)
    with pytest.raises(InputError, match=r"^gone\.png is no longer there"):
        from_file(tmp_path / "gone.png")


def test_a_file_of_many_gigabytes_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="too large to open"):
        from_file(path)


def test_the_name_of_a_file_does_not_decide_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(encoded(two_halves(), "JPEG"))
    assert from_file(path).suffix == "jpg"


STARTS = (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"PK\3\4", b"II*\0", b"RIFF")


@given(data=st.binary(max_size=400), start=st.sampled_from(STARTS))
def test_any_bytes_are_a_picture_or_a_sentence(data: bytes, start: bytes) -> None:
    try:
        picture = from_bytes(start + data, "x")
    except NurieError as refusal:
        sentence = refusal.message
    else:
        sentence = f"x is {opened(picture).size}"
    assert sentence.startswith("x is ")


@given(data=st.binary())
def test_what_is_no_archive_stays_as_it_is(data: bytes) -> None:
    assert flattened(b"PK" + data) == b"PK" + data
    assert flattened(b"P" + data) == b"P" + data
