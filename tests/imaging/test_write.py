from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nurie.imaging.write import check_output, save_atomic
from nurie.protocol import OutputError

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (50, 70, 4), np.uint8))


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.PNG", "with space.webp"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_pictures_come_back_pixel_by_pixel(tmp_path: Path, name: str, mode: str) -> None:
    picture = PICTURE.convert(mode)
    if mode == "RGBA":
        picture.putalpha(255)  # WebP may drop the colour under full transparency
    save_atomic(picture, tmp_path / name)
    with Image.open(tmp_path / name) as opened:
        assert np.array_equal(np.asarray(opened.convert(mode)), np.asarray(picture))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_older_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("old")
    path.chmod(0o640)
    save_atomic(PICTURE, path)
    assert path.stat().st_mode & 0o777 == 0o640
    with Image.open(path) as opened:
        assert opened.size == (70, 50)


def test_new_files_get_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    save_atomic(PICTURE, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("failing", ["encode", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    path = tmp_path / "a.png"
    path.write_text("old")

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    if failing == "encode":
        monkeypatch.setattr("nurie.imaging.write.encode_png", fail)
    elif failing == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    expected = OutputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        save_atomic(PICTURE, path)
    if isinstance(caught.value, OutputError):
        assert "No space left" in caught.value.message
        assert str(path) in caught.value.message
        assert caught.value.exit_code == 3
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.png.txt"])
def test_unknown_suffixes(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="suffix"):
        check_output(tmp_path / name)


def test_places_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        check_output(tmp_path / "none" / "a.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_output(tmp_path / "folder.png")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match="may not be written"):
        check_output(tmp_path / "a.png")


def test_webp_has_a_size_limit(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too large for WebP"):
        save_atomic(Image.new("L", (16384, 1)), tmp_path / "a.webp")
    assert not list(tmp_path.iterdir())
