"""How a model may be run: which engine, computing how, on how many threads."""

from __future__ import annotations

from dataclasses import dataclass

from nurie.device import Device, EngineName
from nurie.runtime.hardware import has_native_bfloat16, thread_count
from nurie.runtime.store import FULL, StoredModel

__all__ = ["Choice", "variants_for"]


@dataclass(frozen=True)
class Choice:
    """``variant`` is ``store.FULL`` or one of the manifest's; ``threads`` matter to the CPU only."""

    engine: EngineName
    variant: str
    threads: int

    def __str__(self) -> str:
        return f"{self.engine} {self.variant}, {self.threads} thread{'s' * (self.threads != 1)}"

    @classmethod
    def plain(cls, engine: EngineName) -> Choice:
        """What is taken where nothing was measured: float32, one thread a core."""
        return cls(engine, FULL, thread_count())


def variants_for(stored: StoredModel, engine: EngineName, device: Device | None = None) -> list[str]:
    """Float32, and those variants that an engine may take without being told to: the gate has passed them, and the
    device has their arithmetic."""
    found = [FULL] if engine == "torch" or stored.has_graphs else []
    kind = "cpu" if device is None else device.kind
    for name, variant in ({} if stored.manifest is None else stored.manifest.variants).items():
        if variant.passed and _can(engine, kind, variant.precision) and (engine == "torch" or variant.graphs):
            found.append(name)
    return found


def _can(engine: EngineName, kind: str, precision: str) -> bool:
    """Only arithmetic that is there: emulated, it is slower than float32."""
    if precision == "int8":
        return engine != "torch" and kind == "cpu"
    if precision == "bfloat16":
        return engine != "onnx" and (has_native_bfloat16() if kind == "cpu" else engine == "torch")
    if precision == "float16":
        return engine == "onnx" and kind == "cuda"
    return False
