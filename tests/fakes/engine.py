"""An engine without networks: every sketch cell matches the reference cell at its own place, and is painted so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.evidence import Match
from nurie.sampling import Sampling

__all__ = ["FakeEngine"]

Floats = NDArray[np.float32]
CELLS = 8


class FakeEngine:
    """Paints the evidence it is given, or mid grey without any; notes how often each network ran."""

    name = "fake"
    device = "cpu"
    provider = "none"
    model = "fake"
    canvas_size = 64

    def __init__(self, confidence: tuple[float, ...] = (1.0,)) -> None:
        self.sampling = Sampling(steps=2, prediction_type="sample")
        self.confidence = list(confidence)
        self.encoded = 0
        self.matched = 0
        self.tokens_seen: list[int] = []

    def encode_reference(self, image: Floats) -> Floats:
        assert image.shape == (1, 3, self.canvas_size, self.canvas_size)
        assert image.dtype == np.float32
        self.encoded += 1
        return np.full((1, 4, 8), self.encoded, np.float32)

    def match(self, sketch: Floats, reference: Floats) -> Match:
        assert sketch.shape == (1, 1, self.canvas_size, self.canvas_size)
        centres = (np.arange(CELLS, dtype=np.float32) + 0.5) / CELLS
        flow = np.stack(np.meshgrid(centres, centres), axis=-1).astype(np.float32)
        sure = np.full((CELLS, CELLS), self.confidence[self.matched % len(self.confidence)], np.float32)
        self.matched += 1
        return Match(flow, sure, np.zeros((CELLS, CELLS, 3), np.float32), np.ones((CELLS, CELLS), np.float32))

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        assert evidence.shape == (1, 4, self.canvas_size, self.canvas_size)
        self.tokens_seen.append(tokens.shape[1])
        return np.repeat(evidence[:, :3], len(x_t), axis=0)
