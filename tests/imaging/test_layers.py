"""Layers: put together again they are the picture; files hold them by name, mode and pixel."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imaging.drawings import figure_ink, on_paper
from imaging.test_painting import SHAPE, blotchy, painting
from nurie.imaging.compose import compose
from nurie.imaging.layers import line_layer, merge, to_layers
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.painting import paint
from nurie.imaging.write import save_layers
from nurie.protocol import OutputError


def transparent(colour: tuple[int, int, int] = (40, 20, 120)) -> LineArt:
    ink = figure_ink(SHAPE, 3)
    rgba = np.dstack([np.full((*SHAPE, 3), colour, np.uint8), (ink * 255).astype(np.uint8)])
    return read_line_art(Image.fromarray(rgba))


@pytest.mark.parametrize("style", ["flats", "shaded", "soft"])
def test_the_stack_shows_the_picture(style: str) -> None:
    made = painting(style)
    merged = merge(to_layers(made))
    picture = compose(made.color(), made.line_art)
    assert np.abs(merged[..., :3].astype(int) - picture).max() <= 3
    assert merged[..., 3].min() == 255


def test_lines_on_transparent_ground_have_no_paper_under_them() -> None:
    line_art = transparent()
    small, placement = blotchy(line_art)
    stack = to_layers(paint("shaded", small, line_art, placement))
    assert not stack.below
    np.testing.assert_array_equal(stack.above[0].rgba[..., 3], line_art.alpha)
    assert merge(stack)[0, 0, 3] == 0


@pytest.mark.parametrize("line", [(0, 0, 0), (0.8, 0.1, 0.1), (0.2, 0.3, 0.9), (0.5, 0.5, 0.5)])
def test_lines_over_white_paper_are_the_drawing_again(line: tuple[float, float, float]) -> None:
    ink: NDArray[np.float32] = figure_ink(SHAPE, 4)
    ink[::3] *= 0.6
    line_art = read_line_art(Image.fromarray(on_paper(ink, line=line)))
    lines = line_layer(line_art).astype(float)
    alpha = lines[..., 3:] / 255
    again = lines[..., :3] * alpha + 255 * (1 - alpha)
    assert np.abs(again - line_art.rgb).max() <= 1
    assert not lines[ink == 0][:, 3].any()


def test_an_openraster_file_is_as_the_standard_has_it(tmp_path: Path) -> None:
    stack = to_layers(painting("shaded"))
    path = save_layers(stack, tmp_path / "out.ora")
    data = path.read_bytes()
    assert data[30:54] == b"mimetypeimage/openraster"  # readable without unpacking anything
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert names[0] == "mimetype"
        assert {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} < set(names)
        root = ElementTree.fromstring(archive.read("stack.xml"))  # noqa: S314 - our own
        assert (root.get("w"), root.get("h")) == (str(SHAPE[1]), str(SHAPE[0]))
        layers = {layer.get("name"): layer for layer in root.iter("layer")}
        assert list(layers) == ["Lines", "Highlights", "Shadows", "Flats", "Paper"]
        assert layers["Shadows"].get("composite-op") == "svg:multiply"
        for layer in layers.values():
            picture = Image.open(io.BytesIO(archive.read(str(layer.get("src")))))
            assert (picture.mode, picture.size) == ("RGBA", (SHAPE[1], SHAPE[0]))
        merged = np.asarray(Image.open(io.BytesIO(archive.read("mergedimage.png"))))
        assert max(Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))).size) <= 256
    np.testing.assert_array_equal(merged, merge(stack))
    assert save_layers(stack, tmp_path / "again.ora").read_bytes() == data


def test_a_photoshop_document_holds_the_same_layers(tmp_path: Path) -> None:
    psd_tools = pytest.importorskip("psd_tools")
    stack = to_layers(painting("shaded"))
    path = save_layers(stack, tmp_path / "out.psd")
    document = psd_tools.PSDImage.open(path)
    assert [layer.name for layer in document] == ["Paper", "Colors", "Lines"]
    group = document[1]
    assert [layer.name for layer in group] == ["Flats", "Shadows", "Highlights"]
    assert [layer.blend_mode.name for layer in group] == ["NORMAL", "MULTIPLY", "LINEAR_DODGE"]
    flats = np.asarray(group[0].topil().convert("RGBA"))
    shown = stack.colors[-1].rgba
    np.testing.assert_array_equal(flats[shown[..., 3] > 0], shown[shown[..., 3] > 0])


def test_layers_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    stack = to_layers(painting("flats"))
    with pytest.raises(OutputError, match="does not exist"):
        save_layers(stack, tmp_path / "nowhere" / "out.ora")
    assert list(tmp_path.iterdir()) == []
