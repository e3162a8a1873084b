"""From the zip to the first colours in the real Krita, for somebody who has nothing of Nurie yet.

NURIE_SETUPS names what is run, all of it: life interrupted read_only killed disk_full disk_small offline repair
downgrade no_python; the default is what takes the least time and shows the most. In which Krita: NURIE_KRITAS, see
conftest.py.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.harness import BUILD
from e2e.kritas import Krita
from e2e.new_user import OLDER, NewUser, WithoutPython, new_user, small_disk, zips
from e2e.older import for_python
from fakes.pythons import list_of, pack_python

pytestmark = [pytest.mark.krita, pytest.mark.timeout(0)]

CHOSEN = os.environ.get("NURIE_SETUPS", "life interrupted read_only").replace(",", " ").split()
STRANGE = '色塗り it\'s "my" home'
"""Blanks, quotes and Japanese letters, in every path of the user."""

_WITH_DISKS = ("disk_full", "disk_small", "read_only")


def chosen(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(name not in CHOSEN, reason=f"NURIE_SETUPS does not name {name}")


@pytest.fixture
def user(krita: Krita, request: pytest.FixtureRequest) -> Iterator[NewUser]:
    name = request.node.originalname.removeprefix("test_")
    if name in _WITH_DISKS and (os.geteuid() != 0 or krita.root is not None):
        pytest.skip("Only root can make disks, and they are not to be seen from another Krita's root.")
    with new_user(krita, name, zips()[0]) as found:
        yield found


@chosen("life")
def test_life(krita: Krita) -> None:
    """Set up as an older version, coloured, updated, removed, in a home of a strange name."""
    newest, older = zips()
    with new_user(krita, "life", older, STRANGE) as user:
        before = user.files()
        first = user.start("_setup_install", NURIE_E2E_NEXT_ZIP=str(newest))
        assert user.index.sent <= 200e6
        last = user.start("_setup_update")
        assert first.facts["references"] == last.facts["references"]
        data = user.profile.home / "data"
        own = {path for path in user.files() - before if "nurie" in path.parts or "uv" in path.parts}
        promised = [user.profile.home / path for path in last.facts["promised to stay"]]
        for path in own:
            full = user.profile.home / path
            assert any(full == kept or kept in full.parents for kept in promised), path
        assert {path.relative_to(data).parts[-1] for path in promised} >= {"references", "settings.json", "models"}
        assert OLDER not in str(own)


@chosen("interrupted")
def test_interrupted(user: NewUser) -> None:
    user.start("_setup_trouble", "cancel_and_cut")


@chosen("offline")
def test_offline(user: NewUser) -> None:
    user.start("_setup_offline")
    assert user.index.asked == []


@chosen("downgrade")
def test_downgrade(krita: Krita) -> None:
    newest, older = zips()
    with new_user(krita, "downgrade", newest) as user:
        user.start("_setup_install", NURIE_E2E_NEXT_ZIP=str(older))
        user.start("_setup_update", "case_1")


@chosen("repair")
def test_repair(krita: Krita) -> None:
    """Damaged, repaired, repaired again, with extras and without, and mended where it does not understand."""
    with new_user(krita, "repair", zips()[0], extras=("psd", "openvino")) as user:
        user.start("_setup_install", "case_1")
        current = user.profile.krita / "nurie" / "server" / "current"
        cut = next(current.glob("lib/*/site-packages/numpy/linalg/_umath_linalg*.so"))
        cut.write_bytes(cut.read_bytes()[:-1000])
        user.start("_setup_repair", "damaged")
        user.start("_setup_repair", "extras")
        protocol = next(current.glob("lib/*/site-packages/nurie/protocol.py"))
        protocol.write_text(re.sub(r"(?m)^PROTOCOL_VERSION = \d$", "PROTOCOL_VERSION = 0", protocol.read_text()))
        user.start("_setup_repair", "other_protocol")


@chosen("no_python")
def test_no_python(krita: Krita) -> None:
    """A Python is brought along, packed out of this machine's own, which Krita does not see."""
    if os.geteuid() != 0 or krita.root is not None:
        pytest.skip("Only root can hide a Python, and from another Krita's root it would have to be packed there.")
    folder = BUILD / krita.name / "setup no_python"
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack_python("/usr/bin/python3", folder)
    short = "{}.{}".format(*packed.version)
    with new_user(krita, "no_python", for_python(zips()[0], short, folder / "nurie.zip")) as user:
        served = shutil.copy(packed.path, user.index.folder)
        url = user.index.url.replace("/simple/", f"/files/{packed.path.name}")
        user.variables["UV_PYTHON_DOWNLOADS_JSON_URL"] = str(list_of(packed, url, folder / "pythons.json"))
        user.krita = WithoutPython(krita.name)
        hidden = subprocess.run(user.krita.inside(["/usr/bin/python3", "-c", ""]), capture_output=True, check=False)
        assert hidden.returncode != 0
        before = user.files()
        report = user.start("_setup_install", "case_1")
        Path(served).unlink()
        assert report.facts["set up: python"] == f"Python {short}, brought along"
        assert [path for path, _ in user.index.asked if path.endswith(".tar.gz")] == [f"/files/{packed.path.name}"]
        server = user.profile.krita / "nurie" / "server"
        assert (server / "current" / "bin" / "python").resolve().is_relative_to(server / "python")
        new = {path for path in user.files() - before if {"uv", "python"} & {*path.parts}}
        assert {path for path in new if "nurie" not in path.parts} == set()


@chosen("killed")
def test_killed(user: NewUser) -> None:
    user.start("_setup_killed", "case_1", killed=True)
    user.start("_setup_killed", "case_2", killed=True)
    user.start("_setup_killed", "case_3")


@chosen("disk_full")
def test_disk_full(user: NewUser) -> None:
    with small_disk(user.folder / "disk", "700m") as disk:
        user.variables["NURIE_PLUGIN_DATA"] = str(disk / "nurie")
        user.start("_setup_trouble", "disk_full")


@chosen("disk_small")
def test_disk_small(user: NewUser) -> None:
    with small_disk(user.folder / "disk", "64m") as disk:
        user.variables["NURIE_PLUGIN_DATA"] = str(disk / "nurie")
        user.start("_setup_trouble", "disk_small")


@chosen("read_only")
def test_read_only(user: NewUser) -> None:
    with small_disk(user.folder / "disk", "ro") as disk:
        user.variables["NURIE_PLUGIN_DATA"] = str(disk)
        user.start("_setup_trouble", "read_only")
