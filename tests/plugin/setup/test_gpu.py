"""Whether there is a card that CUDA runs on: the driver's own program is asked, here one that is a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurie_krita.setup.gpu import Gpu, find_gpu, programs, read_answer
from nurie_krita.setup.job import Job

ANSWER = "NVIDIA GeForce RTX 4070, 550.54.14, 12282\nNVIDIA T400, 550.54.14, 2048\n"


def test_the_largest_card_is_meant() -> None:
    assert read_answer(ANSWER) == Gpu("NVIDIA GeForce RTX 4070", (550, 54), 12282)


@pytest.mark.parametrize(
    "text", ["", "No devices were found", "a, b, c", "a, 550.1, [N/A]", "NVIDIA-SMI has failed because it couldn't"]
)
def test_other_answers_mean_none(text: str) -> None:
    assert read_answer(text) is None


@pytest.mark.parametrize(
    ("driver", "usable"), [((525, 60), True), ((570, 0), True), ((525, 59), False), ((470, 9), False)]
)
def test_an_old_driver_is_of_no_use(driver: tuple[int, int], *, usable: bool) -> None:
    assert Gpu("card", driver, 1).usable == usable


def test_where_the_program_lies() -> None:
    assert programs("windows", {"SystemRoot": r"D:\Windows"}) == [r"D:\Windows\System32\nvidia-smi.exe"]
    assert programs("macos", {"PATH": "/usr/bin"}) == []
    assert programs("linux", {"PATH": "/opt/bin:bin"}) == [
        "/opt/bin/nvidia-smi",
        "/usr/bin/nvidia-smi",
        "/usr/lib/wsl/lib/nvidia-smi",
    ]


@pytest.mark.parametrize(("lines", "name"), [(f"cat <<END\n{ANSWER}END", "NVIDIA GeForce RTX 4070"), ("exit 9", None)])
def test_the_program_is_asked(tmp_path: Path, lines: str, name: str | None) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    found = find_gpu("linux", {"PATH": str(tmp_path)}, lambda path: path == str(program), Job())
    assert (found and found.name) == name


def test_one_that_cannot_be_started_means_none(tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_text("no program")
    assert find_gpu("linux", {"PATH": str(tmp_path)}, lambda path: Path(path).exists(), Job()) is None
