"""A report as ``nurie.bench.run`` gives it, with figures made up to be read off easily."""

from __future__ import annotations

from typing import Any

from nurie.bench.run import compare

__all__ = ["report"]


def row(engine: str, total: float, **fields: Any) -> dict[str, Any]:
    stages = {"encode": 0.01, "warp": 0.2, "step": 0.05, "imaging": 0.03}
    common = {"asked": engine, "device": "cpu", "model": "compact", "size": 256, "drawing": [256, 256], "steps": 4}
    costs = {"start": 0.5, "load": 0.25, "first": 1.0, "peak_bytes": 300e6, "device_bytes": None, "joules": None}
    return {"engine": engine, **common, **costs, **stages, "total": total, "totals": [total], **fields}


def report() -> dict[str, Any]:
    """Two engines and what auto takes, of which one is 30 times as fast as the peer and the other 20."""
    found = {
        "machine": {
            "nurie": "1.2.3",
            "date": "2026-01-02",
            "processor": "A Processor",
            "processors": 4,
            "threads": 4,
            "memory_bytes": 2**33,
            "system": "Linux x86_64",
            "python": "3.11.7",
            "versions": {"numpy": "2.0"},
            "load": 0.1,
        },
        "warnings": [],
        "rounds": 3,
        "ceilings": {"cpu": {"library": "torch", "flops": {"float32": 200e9}, "bytes": 9e9}},
        "rows": [
            row("onnx", 1.0, asked="auto"),
            row("onnx", 1.0),
            row("openvino", 1.5),
            row("peer", 30.0, model="peer", drawing=None, steps=10, step=3.0, encode=None, warp=None, imaging=None),
        ],
        "kernels": [
            {
                "engine": "onnx",
                "device": "cpu",
                "model": "compact",
                "size": 256,
                "steps": 4,
                "seconds": 1.0,
                "kernel_seconds": 0.8,
                "matrix_seconds": 0.7,
                "flops": {"encode": 1e9, "warp": 10e9, "step": 5e9},
            }
        ],
        "gpus": {},
        "skipped": [],
    }
    compare(found)
    return found
