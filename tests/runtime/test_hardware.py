"""Thread counts."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from nurie.runtime import hardware


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight logical processors on four cores, all usable, no quota, nothing wished."""
    for index in range(8):
        folder = tmp_path / f"cpu{index}/topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{index % 4},{index % 4 + 4}\n")
    monkeypatch.setattr(hardware, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(hardware, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return tmp_path


def test_one_thread_a_core(machine: Path) -> None:
    assert hardware.thread_count() == 4


def test_only_cores_this_process_may_use(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 4})
    assert hardware.thread_count() == 2


@pytest.mark.parametrize(("quota", "threads"), [("200000 100000", 2), ("150000 100000", 2), ("max 100000", 4), ("", 4)])
def test_a_containers_quota(quota: str, threads: int, machine: Path) -> None:
    (machine / "cpu.max").write_text(quota)
    assert hardware.thread_count() == threads


@pytest.mark.parametrize(("wish", "threads"), [("3", 3), ("0", 4), ("-1", 4), ("many", 4), ("", 4)])
def test_a_wish_wins(wish: str, threads: int, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", wish)
    assert hardware.thread_count() == threads


def test_where_the_system_tells_nothing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_TOPOLOGY", machine / "none")
    assert hardware.thread_count() == 8
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert hardware.thread_count() == 1


@pytest.mark.parametrize("there", [True, False])
def test_the_driver_is_asked_by_loading_it(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        if not there:
            raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert hardware.has_nvidia_driver() is there


@pytest.mark.parametrize(
    ("line", "native"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16 amx_tile", True),
        ("flags\t\t: fpu amx_bf16", True),
        ("Features\t: fp asimd bf16", True),
        ("flags\t\t: fpu avx2 avx512f", False),
        ("", False),
    ],
)
def test_native_bfloat16(line: str, native: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = tmp_path / "cpuinfo"
    listing.write_text(f"processor\t: 0\nmodel name\t: Some CPU\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(hardware, "_PROCESSORS", listing)
    assert hardware.has_native_bfloat16() is native
    assert hardware.processor_name() == "Some CPU"


def test_a_system_without_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_PROCESSORS", tmp_path / "none")
    assert not hardware.has_native_bfloat16()
    assert hardware.processor_name()
