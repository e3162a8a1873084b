"""Memory that a training step is done with stays in the process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nurie.training.memory import keep_memory

_PROGRAM = """
import resource, sys
from nurie.training.memory import keep_memory
import torch
kept = keep_memory() if sys.argv[1] == "kept" else True
def step():
    blocks = [torch.ones(4 << 20) for _ in range(8)]  # 16 MiB each
    return float(blocks[0].sum())
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    step()
print(int(kept), resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(how: str, **variables: str) -> tuple[bool, int]:
    """What ``keep_memory`` answered, and the pages taken anew in four equal steps of 128 MiB."""
    words = [sys.executable, "-c", _PROGRAM, how]
    found = subprocess.run(words, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    kept, faults = found.stdout.split()
    return kept == "1", int(faults)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the rules of glibc")
def test_what_a_step_is_done_with_is_used_by_the_next() -> None:
    kept, faults = _faults("kept")
    if not kept:
        pytest.skip("another C library than glibc")
    # By itself every step takes all its pages anew: 4 x 32,768 of 4 KiB. A system short of memory takes some back.
    assert faults < _faults("by itself", THP_MEM_ALLOC_ENABLE="0")[1] / 2


def test_elsewhere_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert keep_memory() is False
