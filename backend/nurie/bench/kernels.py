"""What a colouring computes and where its time goes: ONNX Runtime's and PyTorch's own profilers."""

from __future__ import annotations

import importlib
import json
import math
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nurie.bench.coloring import load
from nurie.bench.pictures import reference, sketch

__all__ = ["flops", "is_matrix", "measure"]

STAGES = {"reference": "encode", "matcher": "warp", "denoiser": "step"}
_MATRIX_WORDS = ("conv", "gemm", "matmul", "attention", "addmm", "bmm", "linear")


def is_matrix(operator: str) -> bool:
    """Whether an operator of ONNX Runtime or PyTorch multiplies matrices or convolves, by its name."""
    name = operator.lower().removeprefix("aten::")
    return name == "mm" or any(word in name for word in _MATRIX_WORDS)


def flops(operator: str, inputs: Sequence[Sequence[int]], output: Sequence[int]) -> int:
    """Of one call, 2 a multiply-add, from the shapes of its tensors; 0 for what multiplies no matrices.

    Scales and zero points of quantised operators have fewer than two dimensions, and are passed over; so are weights
    that ONNX Runtime has packed, of which a product needs no shape.
    """
    tensors = [shape for shape in inputs if len(shape) > 1]
    convolves = "conv" in operator.lower()
    if not is_matrix(operator) or len(tensors) < 1 + convolves or not output:
        return 0
    if convolves:
        return 2 * math.prod(output) * math.prod(tensors[1][1:])
    # However the first matrix is transposed, it holds (rows, inner) for every row of the output.
    return 2 * math.prod(output) * (math.prod(tensors[0]) // math.prod(output[:-1]))


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """Of one whole colouring: ``seconds`` in all, in the networks' kernels, in those that multiply matrices or
    convolve; ``flops`` of encoding, matching and one step, where the engine tells shapes (ONNX Runtime, PyTorch)."""
    model = load(task)
    ready()
    width, height = task["drawing"] or (model.engine.canvas_size,) * 2
    pictures = sketch(width, height), [reference(width, height)]
    steps = task["steps"][0]
    profiled = {"onnx": _onnx, "torch": _torch}[model.engine.name]
    found = profiled(model, lambda: _color(model, pictures, steps))
    found["flops"]["step"] /= steps
    return {"engine": model.engine.name, "steps": steps, **found}


def _color(model: Any, pictures: tuple[Any, list[Any]], steps: int) -> float:
    seconds: float = model.colorize(*pictures, steps=steps).timings["total"]
    return seconds


def _onnx(model: Any, color: Callable[[], float]) -> dict[str, Any]:
    """The engine's own sessions, opened once more with their own options and a profile. The second of two runs.

    What is computed is counted in a third run, without the blocks of 8 or 16 channels that ONNX Runtime rounds up to.
    """
    levels = importlib.import_module("onnxruntime").GraphOptimizationLevel
    counted = _profiled(model, color, level=levels.ORT_ENABLE_EXTENDED)
    timed = _profiled(model, color)
    every = [kernel for found in timed.kernels.values() for kernel in found]
    return {
        "seconds": timed.seconds,
        "kernel_seconds": sum(event["dur"] for event in every) / 1e6,
        "matrix_seconds": sum(event["dur"] for event in every if is_matrix(event["args"]["op_name"])) / 1e6,
        "flops": {
            stage: sum(flops(event["args"]["op_name"], *_shapes(event)) for event in counted.kernels[name])
            for name, stage in STAGES.items()
        },
    }


@dataclass(frozen=True)
class _Profile:
    """Of the second of two colourings: seconds in all, and the events of each network's kernels."""

    seconds: float
    kernels: dict[str, list[Mapping[str, Any]]]


def _profiled(model: Any, color: Callable[[], float], *, level: Any = None) -> _Profile:
    runtime = importlib.import_module("onnxruntime")
    own = model.engine._sessions
    model.engine._sessions = sessions = dict(own)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, session in own.items():
                options = session.get_session_options()
                options.enable_profiling, options.profile_file_prefix = True, str(Path(folder) / name)
                if level is not None:
                    options.graph_optimization_level = level
                providers = [(one, session.get_provider_options()[one]) for one in session.get_providers()]
                sessions[name] = runtime.InferenceSession(session._model_path, options, providers)
            color()
            total = color()
            found = {name: json.loads(Path(session.end_profiling()).read_text()) for name, session in sessions.items()}
    finally:
        model.engine._sessions = own
    return _Profile(total, {name: _second_half(_kernels(events)) for name, events in found.items()})


def _kernels(events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [event for event in events if event.get("cat") == "Node" and event["name"].endswith("_kernel_time")]


def _second_half(events: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of the second of two equal runs."""
    return events[len(events) // 2 :]


def _shapes(event: Mapping[str, Any]) -> tuple[list[list[int]], list[int]]:
    inputs = [shape for tensor in event["args"]["input_type_shape"] for shape in tensor.values()]
    outputs = [shape for tensor in event["args"]["output_type_shape"] for shape in tensor.values()]
    return inputs, outputs[0] if outputs else []


def _torch(model: Any, color: Callable[[], float]) -> dict[str, Any]:
    torch = importlib.import_module("torch")
    counter = importlib.import_module("torch.utils.flop_counter").FlopCounterMode
    counted = dict.fromkeys(STAGES.values(), 0.0)
    engine = model.engine

    def counting(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted_call(*inputs: Any) -> Any:
            with counter(display=False) as found:
                result = call(*inputs)
            counted[stage] += found.get_total_flops()
            return result

        return counted_call

    plain = {name: getattr(engine, name) for name in ("network_encode", "network_match", "network_denoise")}
    for (name, call), stage in zip(plain.items(), ("encode", "warp", "step"), strict=True):
        setattr(engine, name, counting(stage, call))
    color()
    for name in plain:
        delattr(engine, name)
    color()
    activities = list(torch.profiler.supported_activities())
    with torch.profiler.profile(activities=activities) as profile:
        total = color()
    attribute = "self_cpu_time_total" if engine.device == "cpu" else "self_device_time_total"
    kernels = [(event.key, getattr(event, attribute) / 1e6) for event in profile.key_averages()]
    operators = [(name, seconds) for name, seconds in kernels if name.startswith("aten::")]
    return {
        "seconds": total,
        "kernel_seconds": sum(seconds for _, seconds in operators),
        "matrix_seconds": sum(seconds for name, seconds in operators if is_matrix(name)),
        "flops": counted,
    }
