"""Pages of several figures and sheets of several references, with the embedded model: each finds its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import nurie
from fakes import pictures
from fakes.engine import FakeEngine
from nurie.colorizer import Colorizer, Result
from nurie.diffusion.samplers import StepInfo
from nurie.imaging.color import ciede2000, rgb_to_lab
from nurie.inputs import read_inputs
from nurie.sampling import Sampling
from nurie.training.page_study import AtOnce
from nurie.views import parts_of, views_of

SAMPLE = Path(__file__).resolve().parents[1] / "resources/samples/princess"
GREEN = (40, 170, 60)
DAB = (1200, 640, 1240, 670)
"""On the bust's dress."""


def on_page(places: list[tuple[Image.Image, tuple[int, int]]]) -> Image.Image:
    page = Image.new("RGB", (1600, 800), "white")
    for picture, place in places:
        page.paste(picture.convert("RGB"), place)
    return page


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return nurie.load("compact", engine="onnx")


@pytest.fixture(scope="module")
def princess() -> tuple[Image.Image, Image.Image]:
    return tuple(Image.open(SAMPLE / f"{name}.webp").convert("RGB") for name in ("sketch", "reference"))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def page(princess: tuple[Image.Image, Image.Image]) -> Image.Image:
    """The princess on the left, larger her bust on the right."""
    bust = princess[0].crop((100, 0, 433, 320)).resize((666, 640))
    return on_page([(princess[0], (60, 10)), (bust, (880, 80))])


@pytest.fixture(scope="module")
def sheet(princess: tuple[Image.Image, Image.Image]) -> Image.Image:
    """A disc, and she."""
    return on_page([(pictures.reference(500, 500), (60, 100)), (princess[1], (950, 10))])


@pytest.fixture(scope="module")
def plain(colorizer: Colorizer, page: Image.Image, sheet: Image.Image) -> Result:
    return colorizer.colorize(page, sheet)


def colors(result: Result, box: tuple[int, int, int, int]) -> NDArray[np.float64]:
    return np.asarray(rgb_to_lab(np.asarray(result.image.crop(box)) / 255))


def test_a_figure_is_coloured_as_it_is_alone(
    colorizer: Colorizer,
    page: Image.Image,
    sheet: Image.Image,
    plain: Result,
    princess: tuple[Image.Image, Image.Image],
) -> None:
    alone = colorizer.colorize(princess[0], princess[1])
    at_once = AtOnce(colorizer.engine).colorize(page, sheet)
    truth = colors(alone, (0, 0, *princess[0].size))
    box = (60, 10, 60 + princess[0].width, 10 + princess[0].height)
    away = [float(ciede2000(colors(result, box), truth).mean()) for result in (plain, at_once)]
    assert away[0] < 0.75 * away[1]
    assert away[0] < 2.3  # just noticeable


def test_the_steps_of_a_page_are_those_of_all_its_views(
    colorizer: Colorizer, page: Image.Image, sheet: Image.Image, plain: Result
) -> None:
    told: list[StepInfo] = []
    again = colorizer.colorize(page, sheet, steps=2, callback=told.append)
    assert [info.index for info in told] == list(range(6))
    assert {info.steps for info in told} == {6}
    assert {np.shape(info.x0) for info in told} == {(1, 3, 448, 448)}
    assert again.image.size == plain.image.size


def test_a_dab_on_one_figure_leaves_the_other_as_it_was_and_does_not_run_the_model_on_it(
    colorizer: Colorizer, page: Image.Image, sheet: Image.Image, plain: Result
) -> None:
    hints = Image.new("RGBA", page.size, (0, 0, 0, 0))
    hints.paste((*GREEN, 255), DAB)
    told: list[StepInfo] = []
    hinted = colorizer.colorize(page, sheet, hints=hints, callback=told.append)
    left = (0, 0, 800, 800)
    assert hinted.color.crop(left).tobytes() == plain.color.crop(left).tobytes()
    at = np.asarray(hinted.color.crop(DAB).resize((1, 1)))[0, 0, :3] / 255
    assert ciede2000(rgb_to_lab(at), rgb_to_lab(np.array(GREEN) / 255)) < 25
    # The whole page and the bust take their steps; the princess is kept, and told of by her last.
    steps = hinted.steps
    assert [info.index for info in told] == [*range(steps), 2 * steps - 1, *range(2 * steps, 3 * steps)]


def test_a_point_says_which_figure_of_the_sheet_is_meant(
    colorizer: Colorizer, page: Image.Image, sheet: Image.Image, plain: Result
) -> None:
    """Told to look like the disc, the bust has its orange and no other colour to take."""
    pair = {"sketch": [1250, 560], "reference": [240, 340], "image": 0}
    told = colorizer.colorize(page, sheet, points=[pair])
    left, right = (0, 0, 800, 800), (800, 0, 1600, 800)
    assert told.color.crop(left).tobytes() == plain.color.crop(left).tobytes()
    orange = rgb_to_lab(np.array((220, 120, 60)) / 255)
    away = [float(ciede2000(colors(result, right), orange).mean()) for result in (told, plain)]
    assert away[0] < away[1]


def test_a_part_of_a_sheet_shows_one_figure_and_not_its_neighbours(sheet: Image.Image) -> None:
    whole, *figures = parts_of(0, sheet, 128)
    assert whole.box is None
    assert len(figures) == 2
    for part in figures:
        assert part.box is not None
        left, top, right, bottom = part.box
        assert part.holds((left + right) / 2, (top + bottom) / 2)
        assert not part.holds(right + 20, bottom + 20)
        rim = part.picture[0, :, [0, -1]]
        assert (rim == 1).all()


def test_a_figure_that_nothing_fits_stays_as_it_is_on_the_page() -> None:
    """Once of either side of the sheet for the whole page, then for each figure."""
    engine = FakeEngine(confidence=(0.9, 0.9, 0.5, 0.5, 0.5, 0.5))
    engine.sampling = Sampling(steps=1, prediction_type="sample")
    page = on_page([(pictures.sketch(600, 700), (60, 50)), (pictures.sketch(600, 700), (950, 50))])
    told: list[StepInfo] = []
    Colorizer(engine).colorize(page, pictures.reference(), callback=told.append)
    assert [info.index for info in told] == [0, 1, 2]
    assert len(engine.tokens_seen) == 1


def test_paper_between_figures_stays_bare(plain: Result) -> None:
    assert not np.asarray(plain.color)[100:700, 640:900, 3].any()


def test_a_drawing_of_one_figure_is_one_view(princess: tuple[Image.Image, Image.Image]) -> None:
    inputs = read_inputs(princess[0], princess[1])
    assert [view.box for view in views_of(inputs, 64)] == [None]
