from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nurie.protocol import ModelError
from nurie.training.metrics import perceptual
from nurie.training.metrics.perceptual import SIDE, Perceptual, weights_file

installed = pytest.mark.skipif(weights_file("alex") is None, reason="stlpips-pytorch (extra eval) is not installed")


def waves(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    steps = np.arange(height * width * 3, dtype=np.float64).reshape(height, width, 3)
    return (np.sin(steps * 0.013) + 1) / 2, (np.cos(steps * 0.0071) + 1) / 2


@pytest.fixture(scope="module")
def alex() -> Perceptual:
    return Perceptual("alex")


@installed
@pytest.mark.parametrize(("network", "published"), [("alex", 0.99248612), ("vgg", 0.73416096)])
def test_whole_pictures_have_the_distance_of_the_packages_own_code(network: str, published: float) -> None:
    """What `stlpips_pytorch.stlpips.LPIPS(net=network, variant="shift_tolerant")` said of the same two pictures."""
    eyes = Perceptual(network)
    one, two = (eyes.look(picture) for picture in waves(96, 80))
    assert eyes.distance(one, two, np.ones((96, 80), bool)) == pytest.approx(published, abs=2e-5)


@installed
def test_distances_are_mutual_and_zero_for_the_same(alex: Perceptual) -> None:
    mask = np.zeros((96, 80), bool)
    mask[30:60, 20:70] = True
    one, two = (alex.look(picture) for picture in waves(96, 80))
    assert alex.distance(one, one, mask) == 0
    assert alex.distance(one, two, mask) == pytest.approx(alex.distance(two, one, mask))


@installed
def test_it_grows_with_noise(alex: Perceptual) -> None:
    picture, _ = waves(96, 80)
    noise = np.random.default_rng(0).normal(size=picture.shape)
    truth, mask = alex.look(picture), np.ones((96, 80), bool)
    found = [alex.distance(alex.look(np.clip(picture + s * noise, 0, 1)), truth, mask) for s in (0.02, 0.1, 0.4)]
    assert found == sorted(found)
    assert found[0] > 0


@installed
def test_what_lies_far_from_the_mask_counts_little(alex: Perceptual) -> None:
    picture, _ = waves(128, 256)
    other = picture.copy()
    other[:, 192:] = 1 - other[:, 192:]
    one, two = alex.look(picture), alex.look(other)
    left = np.zeros((128, 256), bool)
    left[:, :64] = True
    right = left[:, ::-1]
    assert alex.distance(one, two, left) < 0.02 * alex.distance(one, two, right)


@installed
@pytest.mark.parametrize("shape", [(1, 1), (300, 20), (40, 40), (700, 500)])
def test_pictures_of_any_shape_have_patches_and_shares(alex: Perceptual, shape: tuple[int, int]) -> None:
    seen = alex.look(np.full((*shape, 3), 0.5))
    assert seen.patches.shape == (len(seen.shares(np.ones(shape, bool))), 256)
    assert len(seen.patches) >= 1
    assert seen.shares(np.zeros(shape, bool)).max() == 0
    assert alex.distance(seen, seen, np.ones(shape, bool)) == 0


@installed
def test_patches_tell_where_the_mask_lies(alex: Perceptual) -> None:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:, : SIDE // 2] = True
    shares = alex.look(waves(SIDE, SIDE)[0]).shares(mask).reshape(7, 7)
    assert np.allclose(shares[:, :3], 1)
    assert np.allclose(shares[:, 4:], 0)
    assert np.allclose(shares[:, 3], 0.5)


@installed
def test_pictures_are_reduced_to_one_size(alex: Perceptual) -> None:
    picture, _ = waves(128, 256)
    large = picture.repeat(2, axis=0).repeat(2, axis=1)
    assert np.allclose(alex.look(picture).patches, alex.look(large).patches, atol=1e-4)


def test_weights_that_are_missing_or_not_the_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(perceptual, "_PACKAGE", "nurie_no_such_package")
    assert weights_file("alex") is None
    with pytest.raises(ModelError, match="not installed"):
        Perceptual("alex")
    folder = tmp_path / "nurie_false_package" / "weights" / "vST0.0"
    folder.mkdir(parents=True)
    (folder / "alex_shift_tolerant.pth").write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(perceptual, "_PACKAGE", "nurie_false_package")
    with pytest.raises(ModelError, match="damaged or another version"):
        Perceptual("alex")
