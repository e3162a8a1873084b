"""Paths, programs and Pythons of each system, by fakes of what each has."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from nurie_krita.setup import systems

MAC_TOOLS = "/Library/Developer/CommandLineTools"


@pytest.mark.parametrize(
    ("system", "machine", "key"),
    [
        ("linux", "x86_64", "linux-x86_64"),
        ("linux", "aarch64", "linux-aarch64"),
        ("windows", "AMD64", "windows-amd64"),
        ("windows", "ARM64", "windows-arm64"),
        ("macos", "arm64", "macos-arm64"),
        ("macos", "x86_64", "macos-x86_64"),
        ("linux", "riscv64", "linux-riscv64"),
    ],
)
def test_platforms_have_the_names_of_the_lock(system: str, machine: str, key: str) -> None:
    assert systems.platform_key(system, machine) == key


def test_systems_are_told_apart() -> None:
    named = {name: systems.system_of(name) for name in ("linux", "win32", "darwin", "freebsd14", "cygwin")}
    assert named == {
        "linux": "linux",
        "win32": "windows",
        "darwin": "macos",
        "freebsd14": "linux",
        "cygwin": "windows",
    }


def test_programs_of_environments() -> None:
    unix, windows = PurePosixPath("/a b/current"), PureWindowsPath(r"C:\Users\塗り絵\current")
    assert systems.program(unix, "linux", "nurie") == PurePosixPath("/a b/current/bin/nurie")
    assert systems.program(unix, "macos") == PurePosixPath("/a b/current/bin/python")
    assert systems.program(windows, "windows", "nurie") == windows / "Scripts" / "nurie.exe"
    assert systems.managed_program(windows, "windows") == windows / "python.exe"
    assert systems.managed_program(unix, "macos") == unix / "bin" / "python3"
    assert [systems.uv_name(name) for name in ("linux", "windows", "macos")] == ["uv", "uv.exe", "uv"]


def test_models_lie_where_the_backend_keeps_them() -> None:
    folder = systems.models_folder
    assert folder("linux", {"HOME": "/home/me"}) == PurePosixPath("/home/me/.local/share/nurie/models")
    assert folder("linux", {"HOME": "/h", "XDG_DATA_HOME": "/d"}) == PurePosixPath("/d/nurie/models")
    assert folder("macos", {"HOME": "/h"}) == PurePosixPath("/h/Library/Application Support/nurie/models")
    assert folder("windows", {"LOCALAPPDATA": r"C:\L"}) == PureWindowsPath(r"C:\L\nurie\models")
    assert folder("windows", {"USERPROFILE": r"C:\U"}) == PureWindowsPath(r"C:\U\AppData\Local\nurie\models")


def test_nobody_s_settings_reach_what_we_start() -> None:
    theirs = {
        "PYTHONPATH": "x",
        "PYTHONHOME": "x",
        "VIRTUAL_ENV": "x",
        "PIP_INDEX_URL": "x",
        "UV_INDEX_URL": "x",
        "UV_CACHE_DIR": "theirs",
        "Pip_Index_Url": "x",
        "LD_LIBRARY_PATH": "x",
        "DYLD_INSERT_LIBRARIES": "x",
        "CONDA_PREFIX": "x",
        "NURIE_SETTINGS": "x",
        "__PYVENV_LAUNCHER__": "x",
    }
    kept = {"HOME": "/h", "HTTPS_PROXY": "p", "PATH": "/bin", "LANG": "de"}
    assert systems.scrubbed({**theirs, **kept}, UV_CACHE_DIR="ours") == {**kept, "UV_CACHE_DIR": "ours"}


def test_on_linux_the_path_is_searched_best_version_first_and_krita_s_own_python_is_left_alone() -> None:
    there = {
        "/mounted/krita/usr/bin/python3.13",
        "/usr/bin/python3",
        "/usr/bin/python3.11",
        "/home/me/.local/bin/python3.12",
        "/opt/x/bin/python3.12",
    }
    environment = {
        "APPDIR": "/mounted/krita",
        "PATH": "/mounted/krita/usr/bin:/opt/x/bin/::relative:/usr/bin",
        "HOME": "/home/me",
    }
    assert systems.candidates("linux", environment, there.__contains__) == [
        ("/opt/x/bin/python3.12",),
        ("/home/me/.local/bin/python3.12",),
        ("/usr/bin/python3.11",),
        ("/usr/bin/python3",),
    ]
    assert systems.candidates("linux", environment, there.__contains__, ("/usr", "/opt/x"))[0] == (
        "/home/me/.local/bin/python3.12",
    )
    assert systems.candidates("linux", {}, lambda path: path == "/usr/bin/python3") == [("/usr/bin/python3",)]


@pytest.mark.parametrize("tools", [True, False])
def test_on_macos_the_stub_that_opens_a_dialog_is_not_run(*, tools: bool) -> None:
    framework = "/Library/Frameworks/Python.framework/Versions/3.12/bin/python3.12"
    there = {"/usr/bin/python3", "/opt/homebrew/bin/python3.13", framework, *([MAC_TOOLS] if tools else [])}
    found = systems.candidates("macos", {"PATH": "/usr/bin:/bin", "HOME": "/Users/me"}, there.__contains__)
    stub = [("/usr/bin/python3",)] if tools else []
    assert found == [(framework,), ("/opt/homebrew/bin/python3.13",), *stub]


def test_on_windows_the_launcher_comes_first_and_the_store_is_left_alone() -> None:
    local = r"C:\Users\me\AppData\Local"
    environment = {
        "SystemRoot": r"C:\Windows",
        "LOCALAPPDATA": local,
        "ProgramFiles": r"C:\Program Files",
        "Path": rf'{local}\Microsoft\WindowsApps;"D:\Tools\Py";C:\Program Files\Krita (x64)\bin',
    }
    there = {
        r"C:\Windows\py.exe",
        rf"{local}\Programs\Python\Python311\python.exe",
        r"C:\Program Files\Python313\python.exe",
        rf"{local}\Microsoft\WindowsApps\python.exe",
        r"D:\Tools\Py\python.exe",
        r"C:\Program Files\Krita (x64)\bin\python.exe",
    }
    found = systems.candidates("windows", environment, there.__contains__, (r"c:\program files\krita (x64)",))
    launcher = [(r"C:\Windows\py.exe", f"-{version}") for version in ("3.12", "3.13", "3.11", "3.10")]
    assert found == [
        *launcher,
        (r"C:\Program Files\Python313\python.exe",),
        (rf"{local}\Programs\Python\Python311\python.exe",),
        (r"D:\Tools\Py\python.exe",),
    ]
    assert systems.candidates("windows", {}, lambda path: False) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2.36", (2, 36)), ("14", (14, 0)), ("535.104.05", (535, 104)), ("", (0, 0)), ("a.b", (0, 0)), ("2.x", (0, 0))],
)
def test_numbers_of_versions(text: str, numbers: tuple[int, int]) -> None:
    assert systems.two_numbers(text) == numbers


def test_only_glibc_counts_as_glibc() -> None:
    assert systems.libc_of("glibc", "2.36") == (2, 36)
    assert systems.libc_of("", "") == systems.libc_of("musl", "1.2") == (0, 0)
