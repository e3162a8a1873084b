"""What the machine gives at most, through the library: its largest matrix product and its largest copy."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["measure"]

_SIDES = {"cpu": (512, 1024, 2048), "cuda": (2048, 4096, 8192), "mps": (1024, 2048, 4096)}
_COPIED = 1 << 28
"""Bytes: more than a processor's caches hold."""
_SECONDS = 0.4
"""At least as long is each size repeated; the fastest call counts, since a ceiling is what is possible."""


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """FLOP/s of the best matrix product in each precision, bytes/s read and written by the best copy.

    ``task["library"]`` is torch, or numpy, whose BLAS takes part where PyTorch is not installed.
    """
    library = importlib.import_module(task["library"])
    ready()
    runner = _Torch(library, task["device"]) if task["library"] == "torch" else _Numpy(library)
    sides = _SIDES[task["device"].partition(":")[0]]
    products = {
        precision: max(2 * side**3 / _fastest(runner.product(side, precision)) for side in sides)
        for precision in runner.precisions
    }
    copied = 2 * _COPIED / _fastest(runner.copy(_COPIED))
    return {"library": task["library"], "flops": products, "bytes": copied}


def _fastest(call: Callable[[], None]) -> float:
    call()
    taken: list[float] = []
    while sum(taken) < _SECONDS or len(taken) < 3:
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken)


class _Numpy:
    precisions = ("float32",)

    def __init__(self, numpy: Any) -> None:
        self.numpy = numpy

    def product(self, side: int, precision: str) -> Callable[[], None]:
        a = self.numpy.ones((side, side), precision)
        out = self.numpy.empty_like(a)
        return lambda: self.numpy.matmul(a, a, out=out)

    def copy(self, size: int) -> Callable[[], None]:
        a = self.numpy.ones(size, self.numpy.uint8)
        out = self.numpy.empty_like(a)
        return lambda: self.numpy.copyto(out, a)


class _Torch:
    def __init__(self, torch: Any, device: str) -> None:
        self.torch, self.device = torch, device
        self.precisions = ("float32", "bfloat16") if device.startswith("cuda") else ("float32",)

    def product(self, side: int, precision: str) -> Callable[[], None]:
        a = self.torch.ones(side, side, dtype=getattr(self.torch, precision), device=self.device)
        out = self.torch.empty_like(a)
        return self._whole(lambda: self.torch.mm(a, a, out=out))

    def copy(self, size: int) -> Callable[[], None]:
        a = self.torch.ones(size, dtype=self.torch.uint8, device=self.device)
        out = self.torch.empty_like(a)
        return self._whole(lambda: out.copy_(a))

    def _whole(self, call: Callable[[], Any]) -> Callable[[], None]:
        """The call and all of its work on the device."""

        def run() -> None:
            call()
            if self.device != "cpu":
                getattr(self.torch, self.device.partition(":")[0]).synchronize()

        return run
