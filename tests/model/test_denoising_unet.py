"""The denoising U-Net of both kinds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from model.networks import NAMES, denoiser, inputs, reference
from nurie.model.blocks import ResBlock
from nurie.model.denoising_unet import DenoisingUNet
from nurie.model.presets import preset
from nurie.model.reference_unet import join_references, tokens


def timed_blocks(network: DenoisingUNet) -> dict[str, ResBlock]:
    return {name: block for name, block in network.named_modules() if isinstance(block, ResBlock)}


@pytest.mark.parametrize(
    ("name", "height", "width"), [("paper", 24, 40), ("paper", 32, 32), ("compact", 32, 96), ("compact", 160, 32)]
)
def test_output_has_the_images_shape(name: str, height: int, width: int) -> None:
    network = denoiser(name)
    given = inputs(network.config, height, width, batch=2)
    assert network(*given).shape == given.x_t.shape


@pytest.mark.parametrize(("name", "height", "width"), [("paper", 36, 32), ("compact", 32, 48)])
def test_sizes_off_the_stride_are_refused(name: str, height: int, width: int) -> None:
    network = denoiser(name)
    with pytest.raises(ValueError, match="multiple"):
        network(*inputs(network.config, height, width))


@pytest.mark.parametrize("name", NAMES)
def test_time_reaches_every_block(name: str) -> None:
    network = denoiser(name)
    seen: dict[str, list[tuple[Tensor, Tensor]]] = {}

    def record(key: str) -> None:
        def hook(block: nn.Module, args: tuple[Tensor, Tensor]) -> None:
            seen.setdefault(key, []).append((args[0], args[1]))

        blocks[key].register_forward_pre_hook(hook)

    blocks = timed_blocks(network)
    for key in blocks:
        record(key)
    given = inputs(network.config)
    early, late = (network(*given._replace(t=torch.tensor([t]))) for t in (10, 900))

    assert (early - late).abs().mean() > 1e-3
    runs = {key: list(calls) for key, calls in seen.items()}
    assert runs.keys() == blocks.keys()
    for key, ((x, early_code), (_, late_code)) in runs.items():
        # The same features at another time: the block itself answers differently, not only what it was given.
        assert (blocks[key](x, early_code) - blocks[key](x, late_code)).abs().mean() > 1e-4, key


@pytest.mark.parametrize("name", NAMES)
def test_every_input_and_parameter_counts(name: str) -> None:
    network = denoiser(name)
    given = inputs(network.config, 64, 64, batch=2)
    watched = {key: value.requires_grad_() for key, value in given._asdict().items()}
    network(**watched).square().sum().backward()
    unused = [key for key, value in watched.items() if value.grad is None or not value.grad.any()]
    unused += [key for key, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert unused == []


@pytest.mark.parametrize("name", NAMES)
def test_images_of_a_batch_do_not_touch_each_other(name: str) -> None:
    network = denoiser(name)
    given = inputs(network.config, batch=2)
    alone = network(*(value[1:] for value in given))
    torch.testing.assert_close(network(*given)[1:], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_several_references_are_attended_together(name: str) -> None:
    encode, network = reference(name), denoiser(name)
    one, other = (tokens(encode(torch.rand(1, 3, *size) * 2 - 1)) for size in ((64, 64), (32, 96)))
    given = inputs(network.config)

    def run(*references: Tensor) -> Tensor:
        output: Tensor = network(*given._replace(reference_tokens=join_references(references)))
        return output

    torch.testing.assert_close(run(one, other), run(other, one), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(run(one, one), run(one), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(run(one, other), run(one))


@pytest.mark.parametrize("name", NAMES)
def test_weights_survive_safetensors(name: str, tmp_path: Path) -> None:
    network, other = denoiser(name), denoiser(name)
    given = inputs(network.config)
    assert not torch.equal(network(*given), other(*given))
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    assert torch.equal(network(*given), other(*given))


def test_compact_starts_at_zero_and_learns_from_there() -> None:
    network = DenoisingUNet(preset("compact").denoiser)
    output = network(*inputs(network.config))
    assert not output.any()
    (output - 1).square().sum().backward()
    assert network.head.conv.weight.grad is not None
    assert network.head.conv.weight.grad.any()
