"""The part that all engines share: canvases of the right size and channels in, checked answers out."""

from __future__ import annotations

from abc import ABC, abstractmethod

import cv2
import numpy as np

from nurie.imaging.evidence import Match
from nurie.runtime.choice import Choice
from nurie.runtime.correspondence import CellScores, WarpField, to_match
from nurie.runtime.description import Description
from nurie.runtime.engine import Floats
from nurie.sampling import Sampling

__all__ = ["CanvasEngine", "resize"]


def resize(picture: Floats, size: int) -> Floats:
    """(1, C, S, S) to (1, C, size, size) by area averaging, as training shrinks; C is 1 to 4."""
    if picture.shape[-1] == size:
        return picture
    small = cv2.resize(picture[0].transpose(1, 2, 0), (size, size), interpolation=cv2.INTER_AREA)
    planes = small.reshape(size, size, -1).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(planes, dtype=np.float32)


class CanvasEngine(ABC):
    """An ``Engine`` around three networks, each of which sees the canvas that its model's description names."""

    name: str
    batches = False
    """Whether several pictures go through the denoiser at once; else they go one after another."""

    def __init__(self, description: Description, device: str, provider: str, choice: Choice) -> None:
        self._description = description
        self.choice = choice
        self.device = device
        self.provider = provider

    @property
    def model(self) -> str:
        return self._description.preset.name

    @property
    def canvas_size(self) -> int:
        return self._description.canvases.denoiser

    @property
    def sampling(self) -> Sampling:
        return self._description.sampling

    def encode_reference(self, image: Floats) -> Floats:
        self._check("the reference", image, 3)
        return self.network_encode(resize(image, self._description.canvases.reference))

    def match(self, sketch: Floats, reference: Floats) -> Match:
        self._check("the sketch", sketch, 1)
        self._check("the reference", reference, 3)
        size = self._description.canvases.matcher
        seen = resize(reference, size)
        return to_match(self.network_match(resize(sketch, size), seen), seen[0])

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        config = self._description.preset.denoiser
        if len(x_t) != 1 and not self.batches:
            each = [self.denoise(one[None], t, sketch, evidence, tokens) for one in x_t]
            return np.concatenate(each)
        self._check("x_t", x_t[:1], config.image_channels)
        self._check("the sketch", sketch, 1)
        self._check("the evidence", evidence, 4)
        # The paper's networks take the sketch as RGB and have no place for the evidence's confidence.
        if config.sketch_channels != 1:
            sketch = np.repeat(sketch, config.sketch_channels, axis=1)
        evidence = np.ascontiguousarray(evidence[:, : config.evidence_channels])
        times = np.full(len(x_t), t, np.float32)
        if len(x_t) > 1:
            sketch, evidence, tokens = (np.repeat(part, len(x_t), axis=0) for part in (sketch, evidence, tokens))
        return self.network_denoise(np.ascontiguousarray(x_t), times, sketch, evidence, tokens)

    @abstractmethod
    def network_encode(self, image: Floats) -> Floats:
        """Reference U-Net: (1, 3, s, s) to (1, N, D)."""

    @abstractmethod
    def network_match(self, sketch: Floats, reference: Floats) -> CellScores | WarpField:
        """Matcher: (1, 1, s, s) and (1, 3, s, s) to its answer."""

    @abstractmethod
    def network_denoise(self, x_t: Floats, t: Floats, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        """Denoising U-Net; t is (B,), B being 1 for an engine that does not batch."""

    def _check(self, what: str, picture: Floats, channels: int) -> None:
        wanted = (1, channels, self.canvas_size, self.canvas_size)
        if picture.shape != wanted or picture.dtype != np.float32:
            raise ValueError(f"{what} must be float32 {wanted}, not {picture.dtype} {picture.shape}")
