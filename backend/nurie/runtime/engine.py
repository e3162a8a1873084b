"""What every engine offers: the three networks of one model on one device, numpy in, numpy out."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.evidence import Match
from nurie.sampling import Sampling

__all__ = ["Engine", "Floats"]

Floats = NDArray[np.float32]


class Engine(Protocol):
    """One loaded model. Pictures are (1, C, S, S) float32 in [-1, 1] with S = ``canvas_size``; see ``nurie.model``.

    Every call raises DeviceError when the device fails and MemoryLimitError when its memory is not enough.
    """

    @property
    def name(self) -> str:
        """onnx, openvino or torch."""
        ...

    @property
    def device(self) -> str:
        """The device that really computes: cpu, cuda:0, mps."""
        ...

    @property
    def provider(self) -> str:
        """What the engine itself calls that device."""
        ...

    @property
    def model(self) -> str:
        """The name of the model's preset."""
        ...

    @property
    def canvas_size(self) -> int:
        """S, the side in pixels of the square canvas that all pictures come on."""
        ...

    @property
    def sampling(self) -> Sampling:
        """How the model wants to be sampled."""
        ...

    def encode_reference(self, image: Floats) -> Floats:
        """A reference (1, 3, S, S) to its tokens (1, N, D) for ``denoise``."""
        ...

    def match(self, sketch: Floats, reference: Floats) -> Match:
        """Where each part of the sketch (1, 1, S, S), paper +1 and ink -1, lies on the reference (1, 3, S, S)."""
        ...

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        """The model output (B, 3, S, S) for B noisy pictures x_t of one drawing, all at timestep t.

        sketch (1, 1, S, S); evidence (1, 4, S, S): colours, then their confidence in [0, 1]; tokens (1, N, D), those of
        several references one after another.
        """
        ...
