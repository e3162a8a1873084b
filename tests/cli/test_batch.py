"""``nurie batch`` around a fake engine: order, resuming, failures, nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fakes import pictures
from fakes.engine import FakeEngine
from nurie import colorizer
from nurie.cli.bar import Bar
from nurie.cli.frames import find_frames
from nurie.cli.ledger import NAME
from nurie.cli.main import main
from nurie.protocol import InputError, UsageError


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    made = FakeEngine()
    monkeypatch.setattr(colorizer, "load", lambda *_, **__: colorizer.Colorizer(made))
    monkeypatch.setenv("NURIE_SETTINGS", str(tmp_path / "settings.toml"))
    return made


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """Twelve frames and a reference beside them."""
    folder = tmp_path / "shot"
    folder.mkdir()
    for number in range(1, 13):
        pictures.sketch(100 + number, 140).save(folder / f"frame{number}.png")
    (folder / "notes.txt").write_text("not a picture")
    pictures.reference().save(tmp_path / "reference.png")
    return folder


def batch(shot: Path, *options: str) -> int:
    reference = shot.parent / "reference.png"
    return main(["batch", str(shot), "--reference", str(reference), "-o", str(shot.parent / "out"), *options])


def coloured(engine: FakeEngine) -> int:
    """Drawings since the last call: two steps each."""
    steps, engine.tokens_seen = len(engine.tokens_seen), []
    return steps // 2


def test_a_folder_is_coloured_and_the_reference_read_by_the_network_once(
    shot: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(shot, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [Path(path).stem for path in answer["coloured"]] == [f"frame{number}" for number in range(1, 13)]
    assert (answer["skipped"], answer["failed"], engine.encoded) == ([], [], 1)
    for number in range(1, 13):
        with Image.open(shot.parent / f"out/frame{number}.png") as image:
            assert image.size == (100 + number, 140)


def test_frames_of_an_animation_keep_their_colours(
    shot: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """And are all coloured anew where one is missing, since each follows from those before it."""
    whole = pictures.reference()  # of which half is one colour and half another: no drawing can tell which it is
    whole.crop((0, 0, whole.width * 7 // 10, whole.height)).save(shot.parent / "reference.png")
    options = ("--animation", "--style", "flats")
    assert batch(shot, *options) == 0
    assert coloured(engine) == 12
    assert "flicker from frame to frame, CIEDE2000: 0." in capsys.readouterr().out
    first = (shot.parent / "out/frame7.png").read_bytes()
    assert batch(shot, *options, "--json") == 0
    assert coloured(engine) == 0
    assert json.loads(capsys.readouterr().out)["flicker"] == []
    (shot.parent / "out/frame7.png").unlink()
    assert batch(shot, *options, "--json") == 0
    assert coloured(engine) == 12
    assert (shot.parent / "out/frame7.png").read_bytes() == first
    found = json.loads(capsys.readouterr().out)["flicker"]
    assert len(found) == 11
    assert all(one["shown"] <= one["painted"] + 0.001 for one in found)


@pytest.mark.parametrize("options", [("--animation",), ("--animation", "--style", "soft")])
def test_colours_are_kept_by_areas_which_need_a_style(
    shot: Path, engine: FakeEngine, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(shot, *options) == 2
    assert "--style flats" in capsys.readouterr().err


def test_running_it_again_does_what_is_missing_and_no_more(shot: Path, engine: FakeEngine) -> None:
    assert batch(shot) == 0
    assert coloured(engine) == 12
    assert batch(shot) == 0
    assert coloured(engine) == 0
    (shot.parent / "out/frame3.png").unlink()
    pictures.sketch(50, 50).save(shot / "frame5.png")
    assert batch(shot) == 0
    assert coloured(engine) == 2
    with (shot.parent / "out" / NAME).open("a") as file:
        file.write('{"output": "fra')  # cut short by a crash
    assert batch(shot) == 0
    assert coloured(engine) == 0


@pytest.mark.parametrize("options", [["--seed", "1"], ["--guidance", "1"], ["--device", "cpu"]])
def test_other_options_colour_anew(shot: Path, engine: FakeEngine, options: list[str]) -> None:
    assert batch(shot) == 0
    coloured(engine)
    assert batch(shot, *options) == 0
    assert coloured(engine) == 12


def test_another_reference_colours_anew(shot: Path, engine: FakeEngine) -> None:
    assert batch(shot) == 0
    coloured(engine)
    pictures.reference(colour=(1, 2, 200)).save(shot.parent / "reference.png")
    assert batch(shot) == 0
    assert coloured(engine) == 12


def test_drawings_that_cannot_be_coloured_are_told_at_the_end(
    shot: Path, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    (shot / "frame2.png").write_bytes(b"no picture")
    Image.new("L", (64, 64), 255).save(shot / "frame4.png")
    assert batch(shot) == 3
    told = capsys.readouterr().out
    assert "10 coloured, 0 already there, 2 failed" in told
    assert "frame2.png is not a picture" in told
    assert "frame4.png is blank" in told
    assert sorted(path.name for path in (shot.parent / "out").iterdir() if path.suffix != ".png") == [NAME]
    assert not (shot.parent / "out/frame2.png").exists()


def test_a_stopped_batch_leaves_whole_pictures_and_goes_on(
    shot: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    denoise, calls = engine.denoise, []

    def stop(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return denoise(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "denoise", stop)
    assert batch(shot) == 130
    made = [path for path in (shot.parent / "out").iterdir() if path.suffix == ".png"]
    assert len(made) == 3
    for path in made:
        Image.open(path).load()
    monkeypatch.setattr(engine, "denoise", denoise)
    coloured(engine)
    assert batch(shot) == 0
    assert coloured(engine) == 9


def test_the_same_bytes_as_colorize(shot: Path, engine: FakeEngine) -> None:
    assert batch(shot, "--seed", "5") == 0
    alone = shot.parent / "alone.png"
    command = ["colorize", str(shot / "frame7.png"), "--reference", str(shot.parent / "reference.png")]
    assert main([*command, "-o", str(alone), "--seed", "5"]) == 0
    assert (shot.parent / "out/frame7.png").read_bytes() == alone.read_bytes()


def test_the_order_is_natural_and_the_reference_no_frame(tmp_path: Path) -> None:
    for name in ("b10.png", "b9.png", "b1.PNG", "a.webp", "reference.png"):
        (tmp_path / name).write_bytes(b"")
    found = find_frames([tmp_path], tmp_path / "out", [tmp_path / "reference.png"])
    assert [path.name for path in found] == ["a.webp", "b1.PNG", "b9.png", "b10.png"]
    assert [path.name for path in found.values()] == ["a.png", "b1.png", "b9.png", "b10.png"]


@given(st.lists(st.text("ab01289_", min_size=1, max_size=5), unique=True))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    from nurie.cli.frames import _natural

    assert sorted(names, key=lambda name: _natural(Path(name))) == sorted(
        sorted(names), key=lambda name: _natural(Path(name))
    )


def test_two_drawings_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(UsageError, match="would both become"):
        find_frames([tmp_path], tmp_path / "out", [])
    with pytest.raises(UsageError, match="one of the inputs"):
        find_frames([tmp_path / "a.png"], tmp_path, [])
    with pytest.raises(InputError, match="does not exist"):
        find_frames([tmp_path / "nothing.png"], tmp_path / "out", [])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no drawing"):
        find_frames([tmp_path / "empty"], tmp_path / "out", [])


def test_the_bar_shows_itself_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Bar(4) as bar:
        bar.show(2, "frame")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with Bar(4) as bar:
        bar.show(2, "frame3.png")
        bar.show(4, "")
    assert "2/4" in (told := capsys.readouterr().err)
    assert "frame3.png" in told
    assert told.endswith("\n")
