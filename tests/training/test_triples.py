from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nurie.protocol import InputError
from nurie.training.triples import check_triples, over_white, read_triples, resized
from training.triples import COLUMNS, make_folder, write_manifest


def row(**changed: str) -> dict[str, str]:
    return dict(zip(COLUMNS, ("0", "red", "sketch0.png", "reference0.png", "truth0.png"), strict=True)) | changed


def test_triples_in_the_manifests_order(tmp_path: Path) -> None:
    triples = read_triples(make_folder(tmp_path))
    assert [triple.id for triple in triples] == ["0", "1", "2"]
    assert triples[2].truth == tmp_path / "truth2.png"
    check_triples(triples)


@pytest.mark.parametrize(("limit", "ids"), [(1, "0"), (2, "01"), (3, "012"), (9, "012")])
def test_a_limit_takes_triples_from_the_whole_list(tmp_path: Path, limit: int, ids: str) -> None:
    assert "".join(triple.id for triple in read_triples(make_folder(tmp_path), limit)) == ids


def test_a_manifest_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    manifest = make_folder(tmp_path) / "manifest.csv"
    manifest.write_bytes(b"\xef\xbb\xbf" + manifest.read_bytes())
    assert len(read_triples(tmp_path)) == 3


def test_manifests_that_cannot_be_used(tmp_path: Path) -> None:
    make_folder(tmp_path)
    with pytest.raises(InputError, match=r"manifest\.csv cannot be read"):
        read_triples(tmp_path / "none")
    (tmp_path / "truth1.png").unlink()
    with pytest.raises(InputError, match=r"truth1\.png, which does not exist"):
        read_triples(tmp_path)
    write_manifest(tmp_path, [{"id": "0", "source": "red", "sketch": "sketch0.png"}])
    with pytest.raises(InputError, match="lacks a column"):
        read_triples(tmp_path)
    (tmp_path / "manifest.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(InputError, match="is empty"):
        read_triples(tmp_path)
    (tmp_path / "manifest.csv").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(InputError, match="cannot be read"):
        read_triples(tmp_path)


@pytest.mark.parametrize("name", ["../0", "a/b", "", ".hidden", "a\\b", "a:b", " a"])
def test_ids_that_would_write_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    make_folder(tmp_path)
    write_manifest(tmp_path, [row(id=name)])
    with pytest.raises(InputError, match="cannot name a file"):
        read_triples(tmp_path)


def test_an_id_names_one_triple(tmp_path: Path) -> None:
    make_folder(tmp_path)
    write_manifest(tmp_path, [row(), row(id="1"), row()])
    with pytest.raises(InputError, match="'0' twice"):
        read_triples(tmp_path)


@pytest.mark.parametrize(
    ("part", "size", "says"),
    [
        ("truth0.png", (160, 120), "do not show the same cut"),
        ("sketch0.png", (120, 170), "do not show the same cut"),
        ("truth0.png", (6, 8), "too small to be measured"),
    ],
)
def test_a_line_that_mixes_up_pictures_is_found_before_the_work(
    tmp_path: Path, part: str, size: tuple[int, int], says: str
) -> None:
    triples = read_triples(make_folder(tmp_path))
    Image.new("RGB", size).save(tmp_path / part)
    with pytest.raises(InputError, match=says):
        check_triples(triples)


@pytest.mark.parametrize("part", ["sketch", "reference", "truth"])
def test_a_damaged_picture_is_found_before_the_work(tmp_path: Path, part: str) -> None:
    triples = read_triples(make_folder(tmp_path))
    path = tmp_path / f"{part}2.png"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=f"{part} .*{part}2.png"):
        check_triples(triples)


def test_a_truth_of_another_size_is_fine(tmp_path: Path) -> None:
    triples = read_triples(make_folder(tmp_path))
    Image.new("RGB", (240, 320)).save(tmp_path / "truth0.png")
    check_triples(triples)


def test_transparent_pictures_are_laid_over_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 51)).save(tmp_path / "a.png")
    assert np.allclose(over_white(tmp_path / "a.png"), 0.8)


def test_a_picture_is_scaled_only_where_it_must_be() -> None:
    picture = np.random.default_rng(0).random((5, 7, 3))
    assert resized(picture, (5, 7, 3)) is picture
    assert resized(np.full((5, 7, 3), 0.5), (9, 4)).shape == (9, 4, 3)
    assert np.allclose(resized(np.full((5, 7, 3), 0.5), (9, 4)), 0.5, atol=1 / 255)
