"""The lock: read, doubted, and chosen from for every kind of computer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.plugin import REPOSITORY
from fakes.wheels import make_nurie, make_wheel, source_of
from nurie_krita.protocol import NurieError
from nurie_krita.setup.gpu import Gpu
from nurie_krita.setup.lock import Lock, ManagedPython, read_lock
from nurie_krita.setup.machine import Machine
from nurie_krita.setup.needs import Needs, choose, extras_for, plan_of
from nurie_krita.setup.state import SetupPlan
from nurie_krita.setup.systems import Interpreter

DIGEST = "0" * 64
HOST = Interpreter((), (0, 0, 0), "linux", "x86_64", 64, (2, 36))
HOSTS = [
    HOST,
    Interpreter((), (0, 0, 0), "linux", "aarch64", 64, (2, 31)),
    Interpreter((), (0, 0, 0), "windows", "AMD64"),
    Interpreter((), (0, 0, 0), "macos", "arm64", macos=(14, 0)),
    Interpreter((), (0, 0, 0), "macos", "x86_64", macos=(14, 0)),
]


def python(host: Interpreter, minor: int) -> Interpreter:
    """One that is installed on this computer."""
    return replace(host, command=(f"/bin/python3.{minor}",), version=(3, minor, 2))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Lock:
    """The lock that is released, with a small wheel of ours."""
    folder = tmp_path_factory.mktemp("source")
    source_of(folder, make_nurie(folder), [])
    data = json.loads((folder / "lock.json").read_text())
    locked = json.loads((REPOSITORY / "export" / "lock.json").read_text())
    (folder / "lock.json").write_text(json.dumps({**locked, "nurie": data["nurie"]}))
    return read_lock(folder)


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: f"{host.system}-{host.machine}")
@pytest.mark.parametrize("minor", [10, 11, 12, 13])
def test_the_released_lock_serves_every_computer(real: Lock, host: Interpreter, minor: int) -> None:
    needs = choose(real, Machine(host, (python(host, minor),)), ())
    names = [package.name for package in needs.packages]
    assert not needs.brought
    assert needs.extras == {"cpu"}
    assert {"numpy", "onnxruntime", "opencv-python-headless", "pillow", "uvicorn"} <= set(names)
    assert ("tomli" in names) == (minor == 10)
    assert len(set(names)) == len(names)
    assert sum(file.size for file in needs.downloads) < 200e6


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: f"{host.system}-{host.machine}")
def test_without_a_python_one_is_brought_along(real: Lock, host: Interpreter) -> None:
    needs = choose(real, Machine(host), ())
    assert needs.brought
    assert needs.interpreter.version[:2] == (3, 12)
    plan = plan_of(needs, Path("/data"), lambda file: 0)
    assert plan.python == "Python 3.12, brought along"
    assert plan.download_bytes == sum(size for _, size in plan.items) < 200e6
    assert plan.disk_bytes > plan.download_bytes
    assert plan.runtime == "CPU"


def test_a_python_that_something_has_no_wheels_for_is_passed_over(real: Lock) -> None:
    old, odd, good = python(HOST, 9), python(HOST, 12), python(HOST, 11)
    odd = Interpreter(odd.command, odd.version, "linux", "x86_64", 64, (2, 17))  # its libc is too old
    assert choose(real, Machine(HOST, (old, odd, good)), ()).interpreter is good
    assert choose(real, Machine(HOST, (old, odd)), ()).brought


def test_where_nothing_runs_that_is_told(real: Lock) -> None:
    strange = Interpreter((), (0, 0, 0), "linux", "riscv64", 64, (2, 36))
    with pytest.raises(NurieError) as raised:
        choose(real, Machine(strange, (python(strange, 12),)), ())
    assert raised.value.code == "no_python"


def test_extras_are_offered_where_they_run_and_cuda_is_suggested_with_its_card(real: Lock) -> None:
    machine = Machine(HOST, (python(HOST, 12),), Gpu("A card", (550, 54), 8000))
    offered = {extra.name: extra for extra in extras_for(real, machine, None)}
    assert list(offered) == ["cuda", "openvino", "torch", "psd"]
    assert {name for name, extra in offered.items() if extra.on} == {"cuda"}
    assert all(extra.download_bytes > 0 and extra.title and extra.gain for extra in offered.values())
    assert {extra.name for extra in extras_for(real, machine, ("cpu", "psd")) if extra.on} == {"psd"}
    for gpu in (None, Gpu("An old card", (470, 1), 8000)):
        assert "cuda" not in {extra.name for extra in extras_for(real, Machine(HOST, machine.interpreters, gpu), None)}
    needs = choose(real, machine, {"cuda", "psd", "unknown"})
    assert needs.extras == {"cuda", "psd"}
    assert plan_of(needs, Path("/data"), lambda file: 0).runtime == "CUDA"
    names = {package.name for package in needs.packages}
    assert "onnxruntime-gpu" in names
    assert "onnxruntime" not in names


def test_what_is_there_already_is_not_counted(real: Lock) -> None:
    needs = choose(real, Machine(HOST, (python(HOST, 12),)), ())
    plan = plan_of(needs, Path("/data"), lambda file: file.size if file.name == "uv" else 10)
    assert plan.items[0] == ("Nurie 1.0", 0)
    assert dict(plan.items)[f"uv {needs.uv.version}"] == 0
    assert plan.download_bytes == sum(package.size - 10 for package in needs.packages)
    assert plan.python == "Python 3.12.2, /bin/python3.12"


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: f"{host.system}-{host.machine}")
def test_what_the_present_engine_has_is_neither_downloaded_nor_given_room(real: Lock, host: Interpreter) -> None:
    minor = 12
    needs = choose(real, Machine(host, (python(host, minor),)), ())
    everything = frozenset(file.sha256 for file in needs.files)

    def plan(of: Needs) -> SetupPlan:
        return plan_of(of, Path("/data"), lambda file: 0)

    same = needs.sparing(f"3.{minor}.9", everything, ())
    assert plan(same).download_bytes == 0
    assert [name for name, _ in plan(same).items] == [name for name, _ in plan(needs).items]
    # Windows has the files twice for a moment, all others once.
    assert (plan(same).disk_bytes < 200e6) == (host.system != "windows")
    assert plan(same).disk_bytes < plan(needs).disk_bytes
    other = needs.sparing("3.11.9", everything, ())  # its packages lie elsewhere, and are compiled for another
    assert other.downloads == needs.packages
    assert needs.sparing("", frozenset(), ()) == needs


def test_a_python_that_was_brought_is_not_brought_twice(real: Lock) -> None:
    needs = choose(real, Machine(HOST), ())
    assert needs.brought
    for pythons, there in (
        ((), False),
        (("cpython-3.11.2-linux-x86_64-gnu", "cpython-3.1.2-x"), False),
        (("cpython-3.12.13-linux-x86_64-gnu",), True),
    ):
        items = dict(plan_of(needs.sparing("", frozenset(), pythons), Path("/data"), lambda file: 0).items)
        assert (items["Python 3.12"] == 0) == there
    archive = ManagedPython(
        "python", "3.12.1", "python.tar.gz", "a" * 64, 20_000_000, "linux-x86_64", "https://a.test/p"
    )
    needs = choose(replace(real, pythons=(archive,)), Machine(HOST), ())
    assert archive in needs.downloads
    assert archive in needs.sparing("", frozenset(), ("3.12.0",)).downloads
    assert archive not in needs.sparing("", frozenset(), ("3.12.1",)).downloads


def changed(folder: Path, change: Any) -> Path:
    """A sound lock with one thing changed."""
    source_of(folder, make_nurie(folder), [make_wheel(folder, "some-thing", "1.0", {"some_thing.py": b""})])
    data = json.loads((folder / "lock.json").read_text())
    change(data)
    (folder / "lock.json").write_text(json.dumps(data))
    return folder


def test_a_sound_lock_is_read(tmp_path: Path) -> None:
    lock = read_lock(changed(tmp_path, lambda data: None))
    assert lock.nurie.file == "nurie-1.0-py3-none-any.whl"
    assert [(package.name, package.tags) for package in lock.packages] == [("some-thing", "py3-none-any")]
    assert lock.extras == frozenset()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("nurie"),
        lambda data: data["nurie"].update(sha256="beef"),
        lambda data: data["nurie"].update(file="../../evil.whl"),
        lambda data: data["packages"][0].update(file="a/b.whl"),
        lambda data: data["packages"][0].update(file="C:\\b.whl"),
        lambda data: data["packages"][0].update(size=-1),
        lambda data: data["packages"][0].update(size=True),
        lambda data: data["packages"][0].update(name="; rm"),
        lambda data: data["packages"][0].update(marker="what ever"),
        lambda data: data["packages"][0].update(tags=None),
        lambda data: data.update(packages={"a": 1}),
        lambda data: data["python"].update(version="3.12; evil"),
        lambda data: data["python"].update(managed=[{"platform": "linux-x86_64"}]),
        lambda data: data["python"].update(
            managed=[{"platform": "p", "url": "file:///x", "version": "3.12", "file": "a", "sha256": DIGEST, "size": 1}]
        ),
    ],
)
def test_a_lock_that_makes_no_sense_is_told(tmp_path: Path, change: Any) -> None:
    with pytest.raises(NurieError) as raised:
        read_lock(changed(tmp_path, change))
    assert (raised.value.code, str(raised.value)) == (
        "damaged",
        "The plugin's file lock.json is damaged. Install the plugin again.",
    )


@pytest.mark.parametrize("content", [b"", b"[", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_lock_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock.json").write_bytes(content)
    with pytest.raises(NurieError) as raised:
        read_lock(tmp_path)
    assert raised.value.code == "damaged"


def test_a_plugin_without_its_backend_says_so(tmp_path: Path) -> None:
    with pytest.raises(NurieError) as raised:
        read_lock(tmp_path)
    assert raised.value.code == "no_backend"
