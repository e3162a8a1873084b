"""PSC: layout, normalisation, what inference keeps of it, the published weights' names."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nurie.model.psc import PSC, PSCInference, convert_published, cycle_confidence, normalise
from nurie.model.resnet import BottleneckBlock
from nurie.model.warp_estimator import identity_flow

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network() -> PSCInference:
    return PSCInference().eval()


@pytest.fixture(scope="module")
def whole() -> PSC:
    with torch.device("meta"):
        return PSC()


def test_images_are_normalised_as_imagenet_encoders_expect() -> None:
    white = normalise(torch.ones(1, 1, 2, 2))
    assert white.shape == (1, 3, 2, 2)
    expected = torch.tensor([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225])
    torch.testing.assert_close(white[0, :, 0, 0], expected)
    torch.testing.assert_close(normalise(-torch.ones(1, 3, 1, 1))[0, 0], torch.full((1, 1), -0.485 / 0.229))


@pytest.mark.parametrize(("height", "width"), [(64, 64), (72, 96)])
def test_field_has_the_sketchs_size(network: PSCInference, height: int, width: int) -> None:
    with torch.no_grad():
        field = network(torch.rand(2, 3, 64, 64) * 2 - 1, torch.rand(2, 1, height, width) * 2 - 1)
    assert field.flow.shape == (2, 2, height, width)
    assert field.confidence.shape == (2, 1, height, width)
    assert field.confidence.min() >= 0
    assert field.confidence.max() <= 1


def test_features_are_the_second_and_third_stage(network: PSCInference) -> None:
    with torch.no_grad():
        maps = network.features(torch.rand(1, 3, 64, 96) * 2 - 1)
    assert [tuple(features.shape) for features in maps] == [(1, 512, 8, 12), (1, 1024, 4, 6)]


def test_a_cycle_that_closes_is_trusted_and_one_that_leaves_is_not() -> None:
    start = identity_flow(16, 16, CPU, torch.float32)
    torch.testing.assert_close(cycle_confidence(start, start), torch.ones(1, 1, 16, 16))
    mirror = start * torch.tensor([-1.0, 1.0])[:, None, None]
    torch.testing.assert_close(cycle_confidence(mirror, mirror), torch.ones(1, 1, 16, 16))
    one_way = cycle_confidence(mirror, start)
    assert one_way[..., 0].max() < 1e-6 < one_way[..., 7:9].min()
    assert not cycle_confidence(start + 3, start - 3).any()


def test_convolutions_pad_by_repeating_the_border() -> None:
    # Zero padding would darken the rim of a flat picture, and so tell the matcher where the paper ends.
    flat = BottleneckBlock(64, 64, 1).eval()(torch.ones(1, 64, 6, 6))
    torch.testing.assert_close(flat, flat[:, :, 2:3, 2:3].expand_as(flat))


def test_stripping_keeps_the_query_encoder_to_stage_three_and_the_estimator(whole: PSC) -> None:
    stripped = whole.strip_for_inference()
    assert type(stripped) is PSCInference
    own = dict(whole.named_parameters())
    assert all(parameter is own[name] for name, parameter in stripped.named_parameters())
    assert len(stripped.encoder_q.layers) == 3
    assert stripped.training == whole.training
    assert stripped.eval().training is False


def published_names(ours: str) -> list[str]:
    """The names under which the published checkpoint holds one of our tensors."""
    name = ours
    for letter in "qk":
        name = name.replace(f"project_{letter}.", f"framework.fc_{letter}.")
    for index, scale in enumerate((4, 8, 16)):
        name = name.replace(f"stn.heads.{index}.", f"stn.net_{scale}x.")
    for stage in range(4):
        name = name.replace(f".layers.{stage}.", f".layer{stage + 1}.")
    if not name.startswith("encoder"):
        return [name]
    module, tensor = name.rsplit(".", 1)
    shared = [f"{module}.norms.{i}.{tensor}" for i in (0, 1)] if "bn" in module or "downsample.1" in module else [name]
    return [prefix + variant for prefix in ("", "framework.") for variant in shared]


def test_published_weights_find_their_places(whole: PSC) -> None:
    ours = whole.state_dict()
    published: dict[str, Tensor] = {f"module.{name}": ours[key] for key in ours for name in published_names(key)}
    # Photo and sketch each have a BatchNorm of every layer there, and the pair of encoders is listed twice.
    assert len(published) > 3 * len(ours)
    for extra in ("framework.queue", "framework.queue_ptr", "pos_map", "stn.base_map"):
        published[f"module.{extra}"] = torch.zeros(1)
    converted = convert_published(published)
    assert converted.keys() == ours.keys()
    assert all(converted[key] is ours[key] for key in ours)
