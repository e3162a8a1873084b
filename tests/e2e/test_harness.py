"""The harness where no Krita is needed: what counts as a failure, and that nothing survives a run."""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from e2e.harness import Report, wait_for
from e2e.kritas import NATIVE, ROOTS, find_krita
from e2e.processes import end_all, killed_with_us, wait_for_ends
from e2e.profile import Profile
from e2e.summary import lines

GOOD = {"name": "x", "ok": True, "detail": ""}


def report(**changes: object) -> Report:
    return Report(**{"folder": Path("out"), "code": 0, "checks": [GOOD], "finished": True, **changes})  # type: ignore[arg-type]


def test_a_good_run_has_no_failures() -> None:
    assert report().failures == []


@pytest.mark.parametrize(
    "changes",
    [
        {"checks": []},
        {"checks": [GOOD, {"name": "y", "ok": False, "detail": "z"}]},
        {"code": 139},
        {"finished": False},
        {"left": ["nurie serve"]},
        {"problems": ["Could not import nurie_krita"]},
        {"tracebacks": {"case": "Traceback"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_is_wrong_is_a_failure(changes: dict[str, object]) -> None:
    assert len(report(**changes).failures) == 1


def test_marked_processes_are_found_and_ended() -> None:
    name, value = "NURIE_E2E_RUN", uuid.uuid4().hex
    mark = f"{name}={value}"
    process = subprocess.Popen(killed_with_us(["sleep", "600"]), env={**os.environ, name: value})
    try:
        end = time.monotonic() + 30
        while Path(f"/proc/{process.pid}/comm").read_text(encoding="utf-8") != "sleep\n":
            assert time.monotonic() < end
        wait_for_ends(mark, 0.2)
        assert process.poll() is None
        assert end_all(mark) == ["sleep 600"]
        assert process.wait(30) == -9
        assert end_all(mark) == []
    finally:
        process.kill()
        process.wait()


def test_a_program_is_given_up_when_it_gets_no_further(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            wait_for(process, result, 0.0, every=0.01)
        result.write_text("{}", encoding="utf-8")
        with pytest.raises(subprocess.TimeoutExpired):
            wait_for(process, result, 0.0, every=0.01)
        assert process.stdin is not None
        process.stdin.close()
        assert wait_for(process, result, 600.0) == 0


def test_plugins_are_enabled_beside_what_krita_wrote(tmp_path: Path) -> None:
    profile = Profile(tmp_path)
    rc = tmp_path / "config" / "kritarc"
    for plugin in ("one", "two", "one"):
        profile.enable(plugin)
    assert rc.read_text(encoding="utf-8").splitlines() == ["[python]", "enable_one=true", "enable_two=true"]
    rc.write_text("version=1\n[python]\nenable_one=false\n[theme]\nTheme=x\n", encoding="utf-8")
    profile.enable("one")
    assert rc.read_text(encoding="utf-8") == "version=1\n[python]\nenable_one=true\n[theme]\nTheme=x\n"


def test_the_summary_has_a_line_for_each_case(tmp_path: Path) -> None:
    for krita, case, failures in (("native", "smoke", []), ("sid", "smoke", ["no layer: []\nmore"])):
        out = tmp_path / krita / case / "out"
        out.mkdir(parents=True)
        told = {"krita": {"native": "5.1.5"}.get(krita), "checks": 3, "failures": failures}
        (out / "report.json").write_text(json.dumps(told), encoding="utf-8")
    good, bad = lines(tmp_path)
    assert good.split() == ["5.1.5", "smoke", "3", "checks", "passed"]
    assert bad.split() == ["sid", "smoke", "3", "checks", "FAILED", "no", "layer:", "[]"]


def test_a_root_that_is_not_there_says_so() -> None:
    krita = find_krita("no such root")
    assert krita.root == ROOTS / "no such root"
    assert "no such root" in str(krita.missing())
    assert find_krita(NATIVE).inside(["krita"]) == ["krita"]
