"""The network configurations, in one table. Imports no torch: the light runtime and the command line read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

from nurie.diffusion.parameterization import PredictionType

__all__ = ["PRESETS", "DenoiserConfig", "Preset", "ReferenceConfig", "preset"]


@dataclass(frozen=True)
class ReferenceConfig:
    """Reference U-Net: image (B, 3, H, W) to features (B, widths[-1], H/(4*patch), W/(4*patch)).

    The two stages after the first halve the grid each; `patch` is the pixel-unshuffle factor before the first.
    """

    image_channels: int = 3
    patch: int = 1
    widths: tuple[int, int, int] = (64, 128, 256)
    blocks: tuple[int, int, int] = (3, 3, 3)
    norm: Literal["batch", "group"] = "batch"
    groups: int = 32
    attention_blocks: int = 3
    heads: int = 4
    mlp_ratio: int = 4
    positions: bool = False
    final_kernel: int = 3
    dropout: float = 0.1

    @property
    def token_dim(self) -> int:
        """Length of one reference token."""
        return self.widths[-1]

    @property
    def stride(self) -> int:
        """Pixels of the image per token, along each side."""
        return 4 * self.patch


@dataclass(frozen=True)
class DenoiserConfig:
    """Denoising U-Net on [x_t, sketch, evidence]; level i works on a grid of H / (patch * 2**i).

    `encoder_blocks[i]` residual blocks go down each level and `decoder_blocks[i]` come back up it, the latter each
    taking one skip; they carry CBAM. `pool_skips` adds the paper's extra decoder block on the skip pushed after each
    pooling, `project_up` a 1x1 convolution to the next width before the upsampling, `head_skip` a time-scaled path of
    the raw inputs past the U-Net to the head. `attention_levels` cross-attend to the reference beside the bottleneck.
    """

    image_channels: int = 3
    sketch_channels: int = 3
    evidence_channels: int = 3
    patch: int = 1
    widths: tuple[int, ...] = (64, 128, 256, 512)
    encoder_blocks: tuple[int, ...] = (2, 2, 2, 2)
    decoder_blocks: tuple[int, ...] = (2, 2, 2, 2)
    pool_skips: bool = True
    project_up: bool = False
    attention_levels: tuple[int, ...] = ()
    token_dim: int = 256
    token_projection: int | None = 64
    heads: int = 4
    mlp_ratio: int = 4
    positions: bool = False
    frequencies: int = 64
    time_dim: int = 256
    head_kernel: int = 1
    head_skip: bool = False
    zero_head: bool = False
    dropout: float = 0.1
    groups: int = 32

    @property
    def in_channels(self) -> int:
        """Channels of the concatenated inputs, before pixel-unshuffle."""
        return self.image_channels + self.sketch_channels + self.evidence_channels

    @property
    def stride(self) -> int:
        """Image sides must be multiples of this many pixels."""
        return int(self.patch * 2 ** (len(self.widths) - 1))


@dataclass(frozen=True)
class Preset:
    """One complete model: the two networks, the side in pixels of the square canvas it is trained on, and what the
    denoiser's output stands for."""

    name: str
    canvas: int
    reference: ReferenceConfig
    denoiser: DenoiserConfig
    prediction_type: PredictionType = "v_prediction"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for weights metadata and run folders; `Preset.from_dict` is its inverse."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Preset:
        """Read what `to_dict` wrote, also after JSON turned its tuples into lists.

        Raises TypeError on unknown or missing fields, as a dataclass does.
        """

        def fields(section: Mapping[str, Any]) -> dict[str, Any]:
            return {key: tuple(value) if isinstance(value, list) else value for key, value in section.items()}

        rest = {key: value for key, value in data.items() if key not in ("reference", "denoiser")}
        return cls(
            **rest,
            reference=ReferenceConfig(**fields(data["reference"])),
            denoiser=DenoiserConfig(**fields(data["denoiser"])),
        )


PAPER = Preset(name="paper", canvas=256, reference=ReferenceConfig(), denoiser=DenoiserConfig())

# The pixel-unshuffle stem moves the paper's full-resolution level, two thirds of its cost, to a quarter of each side.
# 8 groups instead of 32, because a group of the narrowest level would be two channels, and a norm over a group takes
# what all its channels share: the time's shift, and how bright the picture is.
# Evidence has a fourth channel here: confidence in [0, 1], how far the colours beside it can be trusted.
# It predicts x0 itself: to give v, 64 channels would have to pass every pixel of x_t on, scaled by the timestep to
# three digits, and what they lose of it stays in the picture as noise after 4 or 8 steps.
COMPACT = Preset(
    name="compact",
    canvas=256,
    prediction_type="sample",
    reference=ReferenceConfig(
        patch=4,
        widths=(48, 96, 160),
        blocks=(1, 2, 0),
        norm="group",
        groups=8,
        attention_blocks=2,
        mlp_ratio=2,
        positions=True,
        final_kernel=1,
        dropout=0.0,
    ),
    denoiser=DenoiserConfig(
        sketch_channels=1,
        evidence_channels=4,
        patch=4,
        widths=(64, 128, 192, 192),
        encoder_blocks=(1, 1, 1, 1),
        decoder_blocks=(1, 1, 1, 0),
        pool_skips=False,
        project_up=True,
        attention_levels=(2,),
        token_dim=160,
        token_projection=None,
        mlp_ratio=2,
        positions=True,
        time_dim=128,
        head_kernel=3,
        head_skip=True,
        zero_head=True,
        dropout=0.0,
        groups=8,
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({item.name: item for item in (PAPER, COMPACT)})


def preset(name: str) -> Preset:
    """The preset of that name; raises KeyError naming the ones there are."""
    try:
        return PRESETS[name]
    except KeyError:
        raise KeyError(f"no preset {name!r}; there are {', '.join(sorted(PRESETS))}") from None
