"""16 bits a channel: read as they are, carried from the model's picture to the file, and no band in a smooth ramp."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from imaging.drawings import figure_ink, on_paper
from nurie.imaging.canvas import Placement, fit
from nurie.imaging.compose import compose
from nurie.imaging.depth import Levels, as_picture, like, to_eight, to_sixteen
from nurie.imaging.encode import encode_png
from nurie.imaging.fullres import upscale_color
from nurie.imaging.layers import merge, to_layers
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.load import open_image
from nurie.imaging.load_deep import deep_pixels, source_depth
from nurie.imaging.openraster import read_openraster
from nurie.imaging.painting import Painting, paint
from nurie.imaging.recolor import recolored
from nurie.imaging.write import save_atomic, save_layers
from nurie.protocol import InputError

SHAPE = (240, 320)
ROOM = np.s_[60:180, 70:155]
"""The inside of the left room, away from its lines."""
STYLES = (None, "soft", "shaded")


@given(arrays(np.uint8, st.integers(1, 50)))
def test_eight_bits_come_back_from_sixteen(levels: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(to_eight(to_sixteen(levels)), levels)


@given(arrays(np.uint16, st.integers(1, 50)))
def test_the_nearest_level_is_taken(levels: NDArray[np.uint16]) -> None:
    assert np.abs(to_eight(levels) * 257.0 - levels).max() <= 128.5
    np.testing.assert_array_equal(like(levels, np.zeros(0, np.uint16)), levels)


def noise(channels: int, seed: int = 0, side: int = 24) -> NDArray[np.uint16]:
    shape = (side, side + 7, channels)[: 2 if channels == 1 else 3]
    return np.random.default_rng(seed).integers(0, 65536, shape, np.uint16)


def to_opencv(levels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return levels if levels.ndim == 2 else levels[..., [2, 1, 0, 3][: levels.shape[2]]]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_file_is_read_to_the_level(suffix: str, channels: int, tmp_path: Path) -> None:
    levels = noise(channels)
    path = tmp_path / f"picture{suffix}"
    assert cv2.imwrite(str(path), to_opencv(levels))
    read = deep_pixels(path, open_image(path))
    if suffix == ".tif" and channels == 4:
        assert read is None or np.array_equal(read, levels)  # Pillow cannot be relied on for these
        return
    assert source_depth(path) == 16
    assert read is not None
    np.testing.assert_array_equal(read, np.dstack([levels] * 3) if channels == 1 else levels)


def test_an_array_is_a_picture() -> None:
    levels = noise(4)
    seen = open_image(levels)
    np.testing.assert_array_equal(np.asarray(seen), to_eight(levels))
    assert source_depth(levels) == 16
    np.testing.assert_array_equal(deep_pixels(levels, seen), levels)
    eight = to_eight(levels)
    assert source_depth(eight) == 8
    np.testing.assert_array_equal(np.asarray(open_image(eight)), eight)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4), np.float64), np.zeros(4, np.uint8)])
def test_an_array_that_is_no_picture_is_refused(wrong: NDArray[np.uint8]) -> None:
    with pytest.raises(InputError, match="array"):
        open_image(wrong)


def test_what_pillow_had_to_turn_or_convert_stays_at_eight_bits() -> None:
    levels = noise(3)
    data = encode_png(levels)
    assert deep_pixels(data, open_image(Image.fromarray(to_eight(levels)))) is not None
    assert deep_pixels(data, Image.fromarray(np.rot90(to_eight(levels)).copy())) is None
    # Another profile than sRGB changes levels.
    assert deep_pixels(data, Image.fromarray(255 - to_eight(levels))) is None


def test_eight_bit_files_are_not_deep(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.tif")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("II*")
    for path in [*tmp_path.iterdir(), tmp_path / "none.png"]:
        assert source_depth(path) == 8


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 4]), st.integers(0, 99))
def test_a_png_holds_every_level(width: int, height: int, channels: int, seed: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 65536, (height, width, channels), np.uint16)
    decoded = cv2.imdecode(np.frombuffer(encode_png(levels), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(decoded, to_opencv(levels))


def test_a_webp_takes_the_nearest_of_eight_bits(tmp_path: Path) -> None:
    levels = noise(3)
    with Image.open(save_atomic(levels, tmp_path / "a.webp")) as image:
        np.testing.assert_array_equal(np.asarray(image), to_eight(levels))


def page(depth: int = 16) -> LineArt:
    ink = figure_ink(SHAPE, 3)
    if depth == 8:
        return read_line_art(Image.fromarray(on_paper(ink)))
    return read_line_art(np.repeat(((1 - ink) * 65535).astype(np.uint16)[..., None], 3, axis=2))


def ramp(low: float, high: float, size: int = 64) -> NDArray[np.float32]:
    """A model's picture: rows of one colour each, from ``low`` to ``high``."""
    rows = np.linspace(low, high, size, dtype=np.float32)
    return np.repeat(np.stack([rows, rows[::-1], 0.2 + rows / 2], axis=1)[:, None], size, axis=1)


def colored(style: str | None, small: NDArray[np.float32], line_art: LineArt, depth: int) -> Levels:
    placement = fit(line_art.box, len(small))
    if style is None:
        return upscale_color(small, line_art, placement, levels=np.uint16 if depth == 16 else np.uint8)
    return painted(style, small, line_art, placement, depth).color()


def painted(
    style: str, small: NDArray[np.float32], line_art: LineArt, placement: Placement, depth: int = 16
) -> Painting:
    return paint(style, small, line_art, placement, depth=depth)


def longest_run(levels: Levels) -> int:
    """The most pixels in a column (n,) that have one level."""
    changes = np.flatnonzero(np.diff(levels.astype(np.int64)))
    return int(np.diff(np.concatenate([[-1], changes, [len(levels) - 1]])).max())


@settings(max_examples=12)
@given(st.sampled_from(STYLES), st.floats(0.15, 0.5), st.floats(0.03, 0.3), st.booleans())
def test_a_smooth_ramp_has_no_bands(style: str | None, low: float, span: float, under: bool) -> None:
    """At 16 bits nearly every pixel of a slow ramp has a level of its own; at 8 bits it cannot have more than there
    are."""
    small = ramp(low, low + span)
    for depth in (8, 16):
        line_art = page(depth)
        color = colored(style, small, line_art, depth)
        shown = compose(color, line_art) if under else color
        column = shown[ROOM][:, 40, 0]
        if depth == 8:
            steps = span * 255 * len(column) / SHAPE[0] * 3
            assert len(np.unique(column)) <= steps + 2
            continue
        assert shown.dtype == np.uint16
        # Tones are cut off at an area's darkest and lightest tenth: between these they must go on.
        inner = column[len(column) // 4 : -len(column) // 4]
        assert longest_run(inner) == 1
        assert (np.diff(inner.astype(np.int64)) > 0).all()
        # No jump either: none is larger than thrice the mean.
        jumps = np.diff(inner.astype(np.int64))
        assert jumps.max() <= 3 * jumps.mean() + 2


@pytest.mark.parametrize("style", [None, "flats", "soft", "shaded"])
def test_both_depths_are_the_same_picture(style: str | None) -> None:
    small = ramp(0.2, 0.7)
    eight, sixteen = (colored(style, small, page(depth), depth) for depth in (8, 16))
    assert np.abs(to_eight(sixteen).astype(int) - eight).max() <= 1
    shown = [compose(eight, page(8)), compose(sixteen, page())]
    assert np.abs(to_eight(shown[1]).astype(int) - shown[0]).max() <= 2


def test_a_soft_line_of_sixteen_bits_stays_one() -> None:
    shade = np.linspace(0, 65535, 200).astype(np.uint16)
    grey = np.full((200, 200), 65535, np.uint16)
    grey[60:140] = shade
    white = np.full((200, 200, 4), 65535, np.uint16)
    for levels in (np.dstack([grey] * 3), np.dstack([np.zeros((200, 200, 3), np.uint16), 65535 - grey])):
        shown = compose(white, read_line_art(np.ascontiguousarray(levels)))
        assert np.abs(shown[100, :, 0].astype(int) - shade).max() <= 1


@pytest.mark.parametrize("style", ["flats", "shaded", "soft"])
def test_layers_show_the_picture_and_come_back_from_a_file(style: str, tmp_path: Path) -> None:
    line_art = page()
    made = painted(style, ramp(0.2, 0.7), line_art, fit(line_art.box, 64))
    stack = to_layers(made)
    assert stack.depth == made.depth == 16
    picture = compose(made.color(), line_art)
    assert np.abs(merge(stack)[..., :3].astype(int) - picture).max() <= 5
    back = read_openraster(save_layers(stack, tmp_path / "a.ora"))
    for one, two in zip((*stack.above, *stack.colors), (*back.above, *back.colors), strict=True):
        assert two.rgba.dtype == np.uint16
        np.testing.assert_array_equal(one.rgba, two.rgba)
    red, share = recolored(back, 110, 120, (255, 0, 0))
    assert share > 0.1
    np.testing.assert_array_equal(red.colors[-1].rgba[120, 110], [65535, 0, 0, 65535])
    assert isinstance(as_picture(merge(red)), np.ndarray)


def test_a_photoshop_document_holds_sixteen_bits(tmp_path: Path) -> None:
    psd_tools = pytest.importorskip("psd_tools")
    if not hasattr(psd_tools.PSDImage, "create_pixel_layer_from_array"):
        pytest.skip("this psd-tools writes 8 bits a channel only")
    line_art = page()
    stack = to_layers(painted("shaded", ramp(0.2, 0.7), line_art, fit(line_art.box, 64)))
    document = psd_tools.PSDImage.open(save_layers(stack, tmp_path / "a.psd"))
    assert document.depth == 16
    found = {layer.name: layer for layer in document.descendants()}
    for layer in (*stack.above, *stack.colors):
        levels = np.rint(found[layer.name].numpy() * 65535)
        assert np.abs(levels - layer.rgba).max() <= 1
    assert np.abs(np.rint(document.numpy() * 65535)[..., :3] - merge(stack)[..., :3]).max() <= 1


def grounds() -> dict[str, NDArray[np.uint8]]:
    """Drawings on every ground, of 8 bits."""
    ink = figure_ink(SHAPE, 3)
    black = np.zeros((*SHAPE, 3), np.uint8)
    cut_out = np.dstack([on_paper(ink), np.full(SHAPE, 255, np.uint8)])
    cut_out[:30, :, 3] = 0
    return {
        "white": on_paper(ink),
        "toned": on_paper(ink, paper=(0.85, 0.8, 0.7)),
        "dark": on_paper(ink, paper=(0.1, 0.1, 0.2), line=(1, 1, 1)),
        "transparent": np.dstack([black + np.uint8(40), (ink * 255).astype(np.uint8)]),
        "light on nothing": np.dstack([255 - black, (ink * 255).astype(np.uint8)]),
        "cut out": cut_out,
    }


@pytest.mark.parametrize("ground", list(grounds()))
def test_lines_of_every_ground_lie_over_deep_colour_alike(ground: str) -> None:
    eight = grounds()[ground]
    color = np.random.default_rng(1).integers(0, 256, (*SHAPE, 4), np.uint8)
    shown = compose(color, read_line_art(eight))
    # The drawing's own 16 bits, and a drawing of 8 bits under colour of 16.
    for drawing in (to_sixteen(eight), eight):
        deep = compose(to_sixteen(color), read_line_art(drawing))
        assert np.abs(to_eight(deep).astype(int) - shown).max() <= 2
