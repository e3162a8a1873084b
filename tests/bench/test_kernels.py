"""Counting what ONNX Runtime's profile tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurie.bench.kernels import flops, is_matrix
from nurie.bench.processes import run_worker


@pytest.mark.parametrize("name", ["Conv", "FusedConv", "Gemm", "MatMul", "QLinearConv", "aten::mm", "aten::addmm"])
def test_products_and_convolutions_are_known(name: str) -> None:
    assert is_matrix(name)


@pytest.mark.parametrize("name", ["Add", "Transpose", "Softmax", "aten::mul", "aten::native_group_norm", "aten::sum"])
def test_everything_else_is_no_product(name: str) -> None:
    assert not is_matrix(name)
    assert flops(name, [[4, 4], [4, 4]], [4, 4]) == 0


def test_flops_are_two_a_multiply_add() -> None:
    assert flops("MatMul", [[2, 8, 16, 32], [2, 8, 32, 5]], [2, 8, 16, 5]) == 2 * 2 * 8 * 16 * 5 * 32
    assert flops("Gemm", [[7, 11], [11, 13], [13]], [7, 13]) == 2 * 7 * 11 * 13
    assert flops("MatMul", [[1, 64, 160]], [1, 64, 192]) == 2 * 64 * 160 * 192  # packed weights have no shape
    assert flops("Conv", [[1, 8, 20, 20], [6, 8, 3, 3], [6]], [1, 6, 20, 20]) == 2 * 6 * 20 * 20 * 8 * 9
    assert flops("Conv", [[1, 8, 20, 20], [8, 1, 3, 3]], [1, 8, 10, 10]) == 2 * 8 * 10 * 10 * 9  # depthwise, strided
    quantised = [[1, 8, 4, 4], [], [], [6, 8, 1, 1], [6], [6], [], [], [6]]
    assert flops("QLinearConv", quantised, [1, 6, 4, 4]) == 2 * 6 * 4 * 4 * 8


@pytest.mark.timeout(600)
def test_both_profilers_count_the_same_work(small_model: Path) -> None:
    """Of the real graphs and the real networks, each in a process of its own."""
    task = {"model": str(small_model), "device": "cpu", "models": None, "drawing": None, "steps": [2]}
    found = {engine: run_worker("kernels", {**task, "engine": engine}) for engine in ("onnx", "torch")}
    for one in found.values():
        assert 0 < one["matrix_seconds"] < one["kernel_seconds"] < one["seconds"]
    for stage, counted in found["torch"]["flops"].items():
        assert counted > 0
        assert found["onnx"]["flops"][stage] == pytest.approx(counted, rel=0.05)
