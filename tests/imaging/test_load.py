from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from nurie.imaging.load import MAX_SIDE, open_image
from nurie.protocol import InputError


def gradient(mode: str = "RGB", size: tuple[int, int] = (40, 24)) -> Image.Image:
    y, x = np.mgrid[: size[1], : size[0]]
    rgb = np.stack([x * 6, y * 10, 255 - x * 6], axis=2).astype(np.uint8)
    return Image.fromarray(rgb).convert(mode)


def near(image: Image.Image, other: Image.Image, tolerance: int = 2) -> bool:
    difference = np.asarray(image, np.int16) - np.asarray(other, np.int16)
    return image.size == other.size and int(np.abs(difference).max()) <= tolerance


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm", "tga"])
def test_lossless_formats_come_as_they_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    gradient().save(path)
    assert near(open_image(path), gradient(), 0)
    assert near(open_image(str(path)), gradient(), 0)


def test_open_images_are_taken_and_not_changed() -> None:
    image = gradient("L")
    opened = open_image(image)
    assert opened.mode == "RGB"
    assert image.mode == "L"
    assert near(opened, gradient("L").convert("RGB"), 0)


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    levels = np.linspace(0, 65535, 64 * 8).reshape(8, 64)
    Image.fromarray(levels.astype(np.uint16)).save(tmp_path / "a.png")
    grey = np.asarray(open_image(tmp_path / "a.png"))[..., 0]
    assert np.abs(grey - levels / 257).max() <= 1
    Image.fromarray(levels.astype(np.uint16)).save(tmp_path / "a.tif")
    assert np.array_equal(np.asarray(open_image(tmp_path / "a.tif"))[..., 0], grey)


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_float_pictures_are_scaled(top: float) -> None:
    image = Image.fromarray(np.linspace(0, top, 64, dtype=np.float32).reshape(8, 8))
    opened = np.asarray(open_image(image))[..., 0]
    assert opened.min() == 0
    assert opened.max() == 255


def test_palettes(tmp_path: Path) -> None:
    gradient().quantize(64).save(tmp_path / "a.png")
    opened = open_image(tmp_path / "a.png")
    assert opened.mode == "RGB"
    assert near(opened, gradient().quantize(64).convert("RGB"), 0)


def test_palette_transparency_becomes_alpha(tmp_path: Path) -> None:
    paletted = Image.fromarray(np.repeat([[0, 1]], 8, axis=0).astype(np.uint8), "P")
    paletted.putpalette([255, 0, 0, 0, 0, 255])
    paletted.save(tmp_path / "a.png", transparency=b"\x00\xff")
    opened = open_image(tmp_path / "a.png")
    assert opened.mode == "RGBA"
    assert opened.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert opened.getpixel((1, 0)) == (0, 0, 255, 255)


def test_grey_with_alpha(tmp_path: Path) -> None:
    Image.merge("LA", (gradient("L"), gradient("L"))).save(tmp_path / "a.png")
    opened = open_image(tmp_path / "a.png")
    assert opened.mode == "RGBA"
    assert near(opened.getchannel("A"), gradient("L"), 0)


def test_one_bit(tmp_path: Path) -> None:
    gradient("1").save(tmp_path / "a.png")
    assert near(open_image(tmp_path / "a.png"), gradient("1").convert("RGB"), 0)


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk(tmp_path: Path, suffix: str) -> None:
    options = {"quality": 100} if suffix == "jpg" else {}
    gradient("CMYK").save(tmp_path / f"a.{suffix}", **options)  # type: ignore[arg-type]
    assert near(open_image(tmp_path / f"a.{suffix}"), gradient(), 6)


def test_embedded_profiles_are_applied_and_broken_ones_ignored(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gradient().save(tmp_path / "a.png", icc_profile=srgb)
    assert near(open_image(tmp_path / "a.png"), gradient(), 1)
    gradient().save(tmp_path / "b.png", icc_profile=b"not a profile")
    assert near(open_image(tmp_path / "b.png"), gradient(), 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    gradient().save(tmp_path / "a.png", exif=exif)
    opened = open_image(tmp_path / "a.png")
    assert opened.size == ((40, 24) if orientation < 5 else (24, 40))
    turned = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}
    if orientation in turned:
        assert near(opened, gradient().transpose(turned[orientation]), 0)
    assert not opened.getexif()


def test_of_an_animation_the_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert open_image(tmp_path / "a.webp").getpixel((5, 5)) == (255, 0, 0)


def fails(path: Path, *words: str) -> None:
    with pytest.raises(InputError) as caught:
        open_image(path, "sketch")
    assert caught.value.exit_code == 3
    assert str(path) in caught.value.message
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in caught.value.message


def test_missing_empty_and_folder(tmp_path: Path) -> None:
    fails(tmp_path / "none.png", "does not exist")
    (tmp_path / "empty.png").touch()
    fails(tmp_path / "empty.png", "empty")
    (tmp_path / "folder.png").mkdir()
    fails(tmp_path / "folder.png", "folder")


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("a poem")
    fails(tmp_path / "a.png", "not a picture")
    # A format that would run another program on the file.
    (tmp_path / "b.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    fails(tmp_path / "b.png", "not a picture")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "gif", "bmp"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_truncated(tmp_path: Path, suffix: str, share: float) -> None:
    whole = tmp_path / f"whole.{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(whole)
    data = whole.read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(data[: int(share * len(data))])
    fails(cut)


def huge_png(width: int, height: int) -> bytes:
    """A well-formed PNG that promises far more pixels than it holds."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(60_000, 60_000), (MAX_SIDE + 1, 10), (13_000, 13_000), (2**31 - 1, 2**31 - 1)]
)
def test_huge_headers_are_refused_before_any_pixel_is_read(tmp_path: Path, width: int, height: int) -> None:
    (tmp_path / "a.png").write_bytes(huge_png(width, height))
    fails(tmp_path / "a.png", "too large")


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gradient().save(tmp_path / "a.png")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    fails(tmp_path / "a.png", "may not be read")


def test_pictures_in_memory_are_named_by_their_part() -> None:
    with pytest.raises(InputError, match=r"^The reference is too large"):
        open_image(Image.new("1", (MAX_SIDE + 1, 4)), "reference")
