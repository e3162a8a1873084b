"""Somebody who has Krita, the zip and nothing else; the internet is a package index of the test's own."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from e2e.harness import BUILD, Report, fresh_profile, run_case
from e2e.kritas import Krita
from e2e.older import renumbered
from e2e.profile import Profile, hold
from e2e.wheels import fetch, system_python, wanted
from fakes.package_index import PackageIndex, serving
from nurie_export.plugin_zip import write_zip

__all__ = ["OLDER", "NewUser", "WithoutPython", "new_user", "small_disk", "zips"]

OLDER = "0.0.9"
_HIDE = """set -e
for program in /usr/bin/python* /usr/local/bin/python*; do
    if [ -e "$program" ]; then mount --bind /dev/null "$program"; fi
done
exec "$@"
"""


@dataclass
class NewUser:
    """folder: where screenshots and logs of each start come, in a folder of its own; reports: of the starts so far."""

    krita: Krita
    profile: Profile
    index: PackageIndex
    folder: Path
    zip: Path
    variables: dict[str, str] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)

    def start(self, case: str, only: str = "", *, killed: bool = False, **variables: str) -> Report:
        """Start Krita once. killed: the case is to end it by force; nothing else about it may be wrong."""
        given = {
            "NURIE_COMMAND": "",
            "NURIE_E2E_ONLY": only,
            "NURIE_E2E_ZIP": str(self.zip),
            "NURIE_E2E_INDEX": self.index.url,
            "NURIE_E2E_CONTROL": self.index.control,
            "NURIE_E2E_WHEELS": str(self.index.folder),
            **self.variables,
            **variables,
        }
        name = f"{len(self.reports) + 1} {case.strip('_')} {only}".strip()
        report = run_case(case, self.krita, profile=self.profile, environment=given, folder=self.folder / name)
        if killed:
            assert report.code == -9, report.code
            report.code = 0
        self.reports.append(report)
        assert not report.failures, "\n".join(report.failures)
        return report

    def files(self) -> set[Path]:
        """Everything in the user's folders now."""
        home = self.profile.home
        return {path.relative_to(home) for path in home.rglob("*") if not path.is_dir()}


def zips() -> tuple[Path, Path]:
    """The plugin's zip of this working tree, and the same as of an older version."""
    folder = BUILD / "zips"
    with hold(folder):
        made = folder / "nurie.zip"
        write_zip(made)
        return made, renumbered(made, OLDER, folder / f"nurie-{OLDER}.zip")


@contextmanager
def new_user(
    krita: Krita, name: str, zipped: Path, home: str = "home", extras: Iterable[str] = ()
) -> Iterator[NewUser]:
    """``home``: what the folder of the user is called; extras: that the package index has besides."""
    folder = BUILD / krita.name / f"setup {name}"
    with zipfile.ZipFile(zipped) as archive:
        lock = json.loads(archive.read("nurie_krita/server/lock.json"))
    python = system_python(krita)
    wheels = fetch(wanted(lock["packages"], python, extras), python)
    with hold(folder), fresh_profile(krita, folder / home) as profile, serving(wheels) as index:
        user = NewUser(krita, profile, index, folder, zipped)
        user.start("_install")
        yield user


@dataclass(frozen=True)
class WithoutPython(Krita):
    """This machine's Krita where nobody finds a Python to start; the one inside Krita is a library."""

    def inside(self, command: list[str]) -> list[str]:
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", _HIDE, "sh", *command]


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system in memory of a size such as ``64m``, or one that nothing can be written to for ``ro``."""
    place.mkdir(parents=True, exist_ok=True)
    option = "ro" if size == "ro" else f"size={size}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
