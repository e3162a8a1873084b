"""What the denoiser is really given, taken down while training images are coloured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from nurie.colorizer import Colorizer
from nurie.device import Device
from nurie.runtime.description import read_description
from nurie.runtime.engine import Floats
from nurie.runtime.onnx_engine import OnnxEngine
from nurie.runtime.store import StoredModel
from nurie.training.pairs import Pairs

__all__ = ["denoiser_feeds"]

STEPS = 4
"""From the last timestep, where all is noise, to nearly clean."""


class _Noting(OnnxEngine):
    """ONNX Runtime, noting what the denoiser gets."""

    feeds: list[dict[str, Floats]]

    def network_denoise(self, x_t: Floats, t: Floats, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        given = {"x_t": x_t, "t": t, "sketch": sketch, "evidence": evidence, "tokens": tokens}
        self.feeds.append({name: np.array(value) for name, value in given.items()})
        return super().network_denoise(x_t, t, sketch, evidence, tokens)


def denoiser_feeds(stored: StoredModel, pack: Path, samples: int, seed: int = 0) -> Sequence[dict[str, Floats]]:
    """The denoiser's inputs in every step of ``samples`` colourings of training pairs, drawn by ``seed``.

    InputError for a folder that is no pack.
    """
    pairs = Pairs(pack, seed)
    engine = _Noting(read_description(stored.weights), stored.graphs(), Device("cpu"))
    engine.feeds = []
    colorizer = Colorizer(engine)
    for index in range(samples):
        pair = pairs.sample(index, engine.canvas_size)
        colorizer.colorize(Image.fromarray(pair.sketch), Image.fromarray(pair.reference), steps=STEPS, seed=index)
        colorizer.cache.clear()
    return engine.feeds
