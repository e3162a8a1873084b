"""An engine that tells before each network, so that a cancel waits for one network at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nurie.imaging.evidence import evidence as carried_over

if TYPE_CHECKING:
    from nurie.imaging.evidence import Match
    from nurie.runtime.engine import Engine, Floats
    from nurie.sampling import Sampling

__all__ = ["CheckedEngine"]


class CheckedEngine:
    """``engine``, with ``checkpoint`` called before each of its networks; it raises ``Cancelled`` to stop.

    ``denoising`` is called before the denoiser, besides. ``fetched`` is called with evidence (1, 4, S, S) as soon as
    there is any, which is what the first match carries over, and with what the denoiser gets, once.
    """

    def __init__(
        self,
        engine: Engine,
        checkpoint: Callable[[], None],
        denoising: Callable[[], None],
        fetched: Callable[[Floats], None] = lambda evidence: None,
    ) -> None:
        self._engine = engine
        self._checkpoint = checkpoint
        self._denoising = denoising
        self._fetched = fetched
        self._known = "nothing"

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def device(self) -> str:
        return self._engine.device

    @property
    def provider(self) -> str:
        return self._engine.provider

    @property
    def model(self) -> str:
        return self._engine.model

    @property
    def canvas_size(self) -> int:
        return self._engine.canvas_size

    @property
    def sampling(self) -> Sampling:
        return self._engine.sampling

    def encode_reference(self, image: Floats) -> Floats:
        self._checkpoint()
        return self._engine.encode_reference(image)

    def match(self, sketch: Floats, reference: Floats) -> Match:
        self._checkpoint()
        found = self._engine.match(sketch, reference)
        if self._known == "nothing":
            self._known = "part"
            self._fetched(carried_over(found, reference[0].transpose(1, 2, 0)).channels)
        return found

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        self._checkpoint()
        self._denoising()
        if self._known != "all" and evidence.any():
            self._known = "all"
            self._fetched(evidence)
        return self._engine.denoise(x_t, t, sketch, evidence, tokens)
