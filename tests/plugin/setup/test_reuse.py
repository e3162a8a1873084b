"""What an update, a repair or an extra takes over from the environment in use, and what it has to download."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from fakes.package_index import PackageIndex
from fakes.plugin import wait
from fakes.wheels import entry, make_nurie, make_wheel
from nurie_krita.protocol import Cancelled
from nurie_krita.setup import Setup, SetupChoices
from nurie_krita.setup.installed import Installed, describe, read_installed
from nurie_krita.setup.job import Job
from nurie_krita.setup.lock import LockedFile
from nurie_krita.setup.reuse import Present, origins, sound

Made = Callable[..., Setup]


def install(qtbot: QtBot, setup: Setup, index: PackageIndex) -> tuple[int, int]:
    """Bytes that were said before, and bytes that came."""
    choices, before = SetupChoices(index=index.url), index.sent
    planned = setup.plan(choices).download_bytes
    setup.install(choices)
    wait(qtbot, lambda: not setup.state.busy)
    assert setup.state.name == "ready", setup.state.error
    return planned, index.sent - before


def plugin(folder: Path, source: Path, version: str, *more: Path) -> Path:
    """The plugin's folder of another version, whose lock names more wheels, instead of those of the same name."""
    folder.mkdir()
    lock = json.loads((source / "lock.json").read_text())
    new = [entry(path) for path in more]
    names = {package["name"] for package in new}
    kept = [package for package in lock["packages"] if package["name"] not in names]
    wheel = make_nurie(folder, version)
    (folder / "lock.json").write_text(json.dumps({**lock, "nurie": entry(wheel), "packages": [*kept, *new]}))
    return folder


def contents(environment: Path) -> dict[str, bytes]:
    """But for what differs from one making to the next: where wheels lay and when, and what lists that."""
    changing = ("direct_url.json", "uv_cache.json", "RECORD", "installed.json")
    paths = [environment / name for name in describe(environment)]
    return {path.relative_to(environment).as_posix(): path.read_bytes() for path in paths if path.name not in changing}


def test_an_update_downloads_nothing_that_is_here_and_is_as_if_made_anew(
    qtbot: QtBot, made: Made, index: PackageIndex, source: Path, data_folder: Path, tmp_path: Path
) -> None:
    setup = made()
    total, sent = install(qtbot, setup, index)
    assert sent == total > 10e6
    newer = plugin(tmp_path / "newer plugin", source, "2.0")
    setup = made(data_folder, newer)
    assert install(qtbot, setup, index) == (0, 0)
    assert {path.name for path in (data_folder / "server").iterdir()} == {"current"}
    assert install(qtbot, setup, index) == (0, 0)  # the same once more, as Repair does
    fresh = made(tmp_path / "fresh data", newer)
    assert install(qtbot, fresh, index) == (total, total)
    updated, anew = (contents(folder / "server" / "current") for folder in (data_folder, tmp_path / "fresh data"))
    assert updated == anew


def test_only_what_is_another_comes(
    qtbot: QtBot, made: Made, index: PackageIndex, wheels: Path, source: Path, data_folder: Path, tmp_path: Path
) -> None:
    install(qtbot, made(), index)
    other = make_wheel(
        wheels, "nurie-small", "2.0", {"nurie_small.py": b"WORD = 'better'\n", "more.bin": bytes(90_000)}
    )
    setup = made(data_folder, plugin(tmp_path / "newer plugin", source, "2.0", other))
    size = other.stat().st_size
    assert install(qtbot, setup, index) == (size, size)
    current = data_folder / "server" / "current"
    assert next(current.rglob("nurie_small.py")).read_bytes() == b"WORD = 'better'\n"
    assert list(current.rglob("small_data.bin")) == []  # what the former had and this one has not


@pytest.mark.parametrize(
    ("harmed", "what"),
    [
        ("small_data.bin", "cut"),
        ("small_data.bin", "one bit"),
        ("RECORD", "cut"),
        ("uv-", "one bit"),
        ("installed.json", "cut"),
    ],
)
def test_a_repair_downloads_what_is_damaged(
    harmed: str,
    what: str,
    qtbot: QtBot,
    made: Made,
    index: PackageIndex,
    wheels: Path,
    data_folder: Path,
) -> None:
    total, _ = install(qtbot, made(), index)
    current = data_folder / "server" / "current"
    whole = contents(current)
    name = "nurie_small-1.0.dist-info/RECORD" if harmed == "RECORD" else f"{harmed}*"
    path = next(current.rglob(name))
    data = path.read_bytes()
    path.write_bytes(data[:-1] if what == "cut" else bytes([data[0] ^ 1]) + data[1:])
    setup = made()
    assert setup.state.name == ("ready" if what == "one bit" else "damaged")
    planned, sent = install(qtbot, setup, index)
    sizes = {path.name.partition("-")[0]: path.stat().st_size for path in wheels.glob("*.whl")}
    expected = {"uv-": sizes["uv"], "installed.json": total}.get(harmed, sizes["nurie_small"])
    assert sent == expected
    assert planned == (0 if what == "one bit" else expected)  # a look at the sizes does not see it
    assert contents(current) == whole


@pytest.mark.parametrize("stage", ["checking", "installing", "coloring sample"])
def test_broken_off_it_leaves_the_present_engine_whole(
    stage: str, qtbot: QtBot, made: Made, index: PackageIndex, source: Path, data_folder: Path, tmp_path: Path
) -> None:
    """The two share their files meanwhile."""
    install(qtbot, made(), index)
    current = data_folder / "server" / "current"
    before = {name: (current / name).read_bytes() for name in describe(current)}
    setup = made(data_folder, plugin(tmp_path / "newer plugin", source, "2.0"))
    setup.changed.connect(lambda: setup.cancel() if setup.state.stage == stage else None)
    setup.install(SetupChoices(index=index.url))
    wait(qtbot, lambda: not setup.state.busy)
    assert (setup.state.name, setup.state.installed, setup.state.error) == ("update_needed", "1.0", None)
    assert {name: (current / name).read_bytes() for name in describe(current)} == before
    assert all((current / name).stat().st_nlink == 1 for name in before)
    assert {path.name for path in (data_folder / "server").iterdir()} <= {"current", "wheels"}


def test_offline_only_what_is_not_here_has_to_be_in_the_folder(
    qtbot: QtBot, made: Made, index: PackageIndex, source: Path, data_folder: Path, tmp_path: Path
) -> None:
    install(qtbot, made(), index)
    setup = made(data_folder, plugin(tmp_path / "newer plugin", source, "2.0"))
    (tmp_path / "empty").mkdir()
    setup.install(SetupChoices(wheels=tmp_path / "empty"))
    wait(qtbot, lambda: not setup.state.busy)
    assert (setup.state.name, setup.state.installed) == ("ready", "2.0"), setup.state.error


# The parts, over files of their own.

FILES = st.dictionaries(
    st.text("ab塗 ,\"'", min_size=1, max_size=6).map(lambda name: f"x{name}x"), st.binary(max_size=40), max_size=5
)


def environment_of(folder: Path, files: dict[str, bytes]) -> tuple[Path, LockedFile]:
    """An environment with one package of these files, as uv leaves it, and what the lock says of the package."""
    import base64
    import csv

    site = folder / "lib" / "python3.12" / "site-packages"
    info = site / "some_thing-1.0.dist-info"
    info.mkdir(parents=True)
    rows = []
    for name, data in {**files, "../../../bin/tool": b"#!/bin/sh\n"}.items():
        path = Path(os.path.normpath(site / name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        coded = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append((name, f"sha256={coded}", str(len(data))))
    with (info / "RECORD").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([*rows, ("some_thing-1.0.dist-info/RECORD", "", "")])
    package = LockedFile("some-thing", "1.0", "some_thing-1.0-py3-none-any.whl", "5" * 64, 10)
    wheels = origins(folder, [package])
    Installed("1.0", 1, "3.12.1", (), {}, describe(folder), wheels).write(folder)
    return folder, package


@settings(max_examples=30)
@given(FILES, st.data())
def test_what_is_handed_over_is_what_was_installed_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("reuse")
    environment, package = environment_of(folder / "current", files)
    present = Present(environment)
    assert present.verified([package], Job()) == {package.sha256}
    for link in (True, False):
        target = folder / f"next {link}"
        present.hand_over([package.sha256], target, Job(), link=link)
        assert {name: (target / name).read_bytes() for name in describe(target)} == {
            name: (environment / name).read_bytes() for name in describe(environment)
        }
    listed = sorted(describe(environment))
    path = environment / data.draw(st.sampled_from(listed))
    content = path.read_bytes()
    path.unlink()
    if content and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(content) - 1))
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    assert Present(environment).verified([package], Job()) == frozenset()
    shutil.rmtree(folder)


@pytest.mark.parametrize("line", ["../../../../evil,sha256=,0", "/evil,sha256=,0", "evil,md5=aa,0", "evil", '"'])
def test_a_record_that_leads_elsewhere_or_makes_no_sense_is_not_believed(tmp_path: Path, line: str) -> None:
    environment, package = environment_of(tmp_path / "current", {"a.py": b"a"})
    record = next(environment.rglob("RECORD"))
    record.write_text(line + "\n")
    (tmp_path / "evil").write_bytes(b"")
    installed = read_installed(environment)
    assert installed is not None
    assert sound(environment, installed) == frozenset()
    Installed("1.0", 1, "3.12.1", (), {}, {}, origins(environment, [package])).write(environment)
    assert Present(environment).verified([package], Job()) == frozenset()


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    environment, package = environment_of(tmp_path / "current", {"a.py": b"a"})
    present, job = Present(environment), Job()
    present.verified([package], job)
    job.cancel()
    with pytest.raises(Cancelled):
        present.verified([package], job)


def test_an_environment_of_an_older_version_or_none_lends_nothing(tmp_path: Path) -> None:
    environment, package = environment_of(tmp_path / "current", {"a.py": b"a"})
    data = json.loads((environment / "installed.json").read_text())
    del data["wheels"]
    (environment / "installed.json").write_text(json.dumps(data))
    assert Present(environment).verified([package], Job()) == frozenset()
    assert Present(tmp_path / "nowhere").verified([package], Job()) == frozenset()
    assert Present(tmp_path / "nowhere").python == ""
