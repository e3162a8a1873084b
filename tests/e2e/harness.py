"""Runs a test case inside the real Krita, which shows itself on a screen that nobody sees.

By hand: ``python tests/e2e/harness.py CASE [--krita trixie|sid|experimental] [--only PART-OF-A-NAME]``.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from e2e.kritas import NATIVE, REPOSITORY, Krita, find_krita
from e2e.pictures import write_pictures
from e2e.processes import end_all, killed_with_us, wait_for_ends
from e2e.profile import Profile, hold

__all__ = ["BUILD", "CASES", "Report", "fresh_profile", "run_case", "wait_for"]

BUILD = REPOSITORY / "build" / "e2e"
CASES = Path(__file__).parent / "cases"
SECONDS = 300.0
"""How long a Krita may take for one function of a case, on a busy machine, where the module does not set SECONDS."""

_BACKEND = ["/usr/bin/env", f"PYTHONPATH={REPOSITORY / 'backend'}", sys.executable, "-m", "nurie"]
"""The working tree's; the plugin drops PYTHONPATH from what it starts."""

_GRACE = 15.0
"""Seconds that what Krita started may live longer than Krita."""

_NUMBERS = 50
"""Display numbers that are tried, one after the other."""
_SCREENS = 2
_NO_SCREEN = b"could not connect to display"
"""What Krita says, seen twice in some hundred runs on a busy computer, of a server that had said it was ready."""

_BAD_WORDS = ("Could not import", "Traceback (most recent call last)", "Error loading plugin")


@dataclass
class Report:
    """What a run found out. code: Krita's exit code; left: processes that outlived Krita; problems: what it printed."""

    folder: Path
    code: int
    checks: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    tracebacks: dict[str, str] = field(default_factory=dict)
    finished: bool = False
    left: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Every reason for which the run does not count as good; none of them is why it does."""
        found = [f"{check['name']}: {check['detail']}" for check in self.checks if not check["ok"]]
        found += [f"traceback in {place}:\n{text}" for place, text in self.tracebacks.items()]
        found += [f"Krita printed: {line}" for line in self.problems]
        found += [f"outlived Krita: {line}" for line in self.left]
        if not self.finished:
            found.append(f"Krita did not reach the end of the case; see {self.folder}")
        if self.code != 0:
            found.append(f"Krita ended with {self.code}")
        if not self.checks:
            found.append("nothing was checked")
        return found


def run_case(
    case: str,
    krita: Krita,
    *,
    profile: Profile | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Report:
    """Start Krita, run the functions of ``cases/CASE.py`` in it, end everything.

    The module may say SECONDS, and ENVIRONMENT (more variables). Screenshots, logs and result.json stay in ``folder``,
    build/e2e/KRITA/CASE, as out. Without a profile of the caller's, a fresh one with the product in it is used.
    """
    wishes = _literals(CASES / f"{case}.py")
    folder = BUILD / krita.name / case if folder is None else folder
    variables = {**wishes.get("ENVIRONMENT", {}), **(environment or {})}
    with hold(folder):
        if profile is not None:
            return _start(krita, profile, case, folder, wishes.get("SECONDS", SECONDS), variables)
        with fresh_profile(krita, folder / "home") as fresh:
            fresh.install_plugin()
            return _start(krita, fresh, case, folder, wishes.get("SECONDS", SECONDS), variables)


@contextmanager
def fresh_profile(krita: Krita, home: Path) -> Iterator[Profile]:
    """A profile as it is after Krita's first start, with the driver and nothing else installed.

    That first start takes Krita ten seconds or more and makes 85 MB of resources, so each Krita has a template.
    """
    program = krita.program
    if program is None:
        raise RuntimeError(krita.missing())
    folder = BUILD / krita.name / "template"
    made = folder / f"profile-{program.stat().st_mtime_ns:x}"  # a newer Krita imports its own resources
    with hold(folder):
        if not made.exists():
            for path in [*folder.glob("profile-*"), folder / "part"]:
                shutil.rmtree(path, ignore_errors=True)
            first = Profile(folder / "part")
            first.install_driver()
            report = _start(krita, first, "_nothing", folder, SECONDS, {})
            if report.failures:
                raise RuntimeError("Krita does not start: " + "; ".join(report.failures))
            first.home.rename(made)
    profile = Profile.copy_of(made, home)
    profile.install_driver()
    try:
        yield profile
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _start(
    krita: Krita, profile: Profile, case: str, folder: Path, seconds: float, environment: Mapping[str, str]
) -> Report:
    """One start of Krita with a profile; its files come into ``folder``/out."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    write_pictures(BUILD / "pictures")
    mark = f"NURIE_E2E_RUN={uuid.uuid4().hex}"
    variables = {
        **profile.environment(),
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LC_ALL": "C.UTF-8",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "QT_LOGGING_RULES": "krita.*=false;krita.scripting*=true",
        "OMP_NUM_THREADS": "1",
        "NURIE_COMMAND": shlex.join(krita.outside(_BACKEND)),
        "NURIE_E2E_OUT": str(out),
        "NURIE_E2E_CASE": case,
        "NURIE_E2E_PICTURES": str(BUILD / "pictures"),
        "NURIE_E2E_REPOSITORY": str(REPOSITORY),
        **environment,
        "NURIE_E2E_STARTED": str(time.time()),
        "NURIE_E2E_RUN": mark.partition("=")[2],
    }
    try:
        for _ in range(_SCREENS):
            with _screen(krita, variables, out) as display:
                code = _run(krita, {**variables, "DISPLAY": display}, out, seconds)
            if _NO_SCREEN not in (out / "krita.log").read_bytes():
                break
        wait_for_ends(mark, _GRACE)  # the backend ends when it sees Krita gone
    finally:
        left = end_all(mark)
    log = (out / "krita.log").read_text(encoding="utf-8", errors="replace").splitlines()
    problems = [line for line in log if any(word in line for word in _BAD_WORDS)]
    result = out / "result.json"
    found = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
    kept = {key: found[key] for key in ("checks", "facts", "tracebacks", "finished") if key in found}
    report = Report(out, code, left=left, problems=problems, **kept)
    told = {"krita": report.facts.get("krita"), "checks": len(report.checks), "failures": report.failures}
    (out / "report.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    return report


@contextmanager
def _screen(krita: Krita, environment: Mapping[str, str], out: Path) -> Iterator[str]:
    """An X server on a display number of its own, ``:N``: the first from one on that nobody else has."""
    first = 50 + os.getpid() % 900
    for number in range(first, first + _NUMBERS):
        read, write = os.pipe()
        # At a number that is named and taken it ends. One that it finds itself, the next server may take away.
        command = ["Xvfb", f":{number}", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
        command.append("-noreset")  # who connects and goes, as D-Bus does, must not have it begin anew under Krita
        with (out / "xvfb.log").open("ab") as log, os.fdopen(read, "rb") as answer:
            process = subprocess.Popen(
                killed_with_us(krita.inside(command)), env=dict(environment), stdout=log, stderr=log, pass_fds=[write]
            )
            os.close(write)
            try:
                if answer.readline().strip():
                    yield f":{number}"
                    return
            finally:
                _end(process)
    raise RuntimeError(f"Xvfb did not start; see {out / 'xvfb.log'}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """Asked to end, an X server takes its lock and its socket along."""
    server.terminate()
    try:
        server.wait(_GRACE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _run(krita: Krita, environment: Mapping[str, str], out: Path, seconds: float) -> int:
    with (out / "krita.log").open("wb") as log:
        process = subprocess.Popen(
            killed_with_us(krita.inside(["krita", "--nosplash"])), env=dict(environment), stdout=log, stderr=log
        )
        try:
            return wait_for(process, out / "result.json", seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1)  # the driver writes where it hangs
            time.sleep(1)
            return -signal.SIGALRM
        finally:
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], result: Path, seconds: float, every: float = 2.0) -> int:
    """Its exit code. TimeoutExpired once so long nothing new came into ``result``, which grows with each function."""
    seen, since = 0, time.monotonic()
    while True:
        try:
            return process.wait(every)
        except subprocess.TimeoutExpired:
            stamp = result.stat().st_mtime_ns if result.exists() else 0
            if stamp != seen:
                seen, since = stamp, time.monotonic()
            elif time.monotonic() - since >= seconds:
                raise


def _literals(path: Path) -> dict[str, Any]:
    """The module's constants, read without importing it: it can be imported inside Krita only."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("case", choices=sorted(path.stem for path in CASES.glob("*.py") if path.stem[0] != "_"))
    parser.add_argument("--krita", default=NATIVE, help=f"{NATIVE}, or a root of build/kritas (default: {NATIVE})")
    parser.add_argument("--no-opengl", action="store_true", help="as on a computer whose OpenGL costs nothing")
    parser.add_argument("--only", default="", help="run only functions whose name holds this")
    given = parser.parse_args()
    krita = find_krita(given.krita)
    environment = {
        "NURIE_E2E_ONLY": given.only,
        "NURIE_E2E_TRACE_BLOCKS": os.environ.get("NURIE_E2E_TRACE_BLOCKS", "0"),
    }
    if given.no_opengl:
        with fresh_profile(krita, BUILD / krita.name / given.case / "home") as profile:
            profile.install_plugin()
            profile.without_opengl()
            report = run_case(given.case, krita, profile=profile, environment=environment)
    else:
        report = run_case(given.case, krita, environment=environment)
    for name, value in report.facts.items():
        print(f"{name}: {value}")
    for check in report.checks:
        print("ok  " if check["ok"] else "FAIL", check["name"], "" if check["ok"] else check["detail"])
    for failure in report.failures:
        print("failure:", failure)
    print(f"{report.folder}: {'failed' if report.failures else 'passed'}, {len(report.checks)} checks")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
