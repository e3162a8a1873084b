"""Which wheels fit which interpreter; the ``packaging`` library, which pip and uv agree with, is the oracle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms, parse_tag

from fakes.plugin import REPOSITORY
from nurie_krita.setup.systems import Interpreter
from nurie_krita.setup.tags import MarkerError, fits, marker_holds, version_key

MINORS = (10, 11, 12, 13, 14)
LINUX = [
    Interpreter(("python",), (3, minor, 1), "linux", machine, 64, libc)
    for minor in MINORS
    for machine in ("x86_64", "aarch64")
    for libc in ((2, 17), (2, 28), (2, 36))
]
WINDOWS = [Interpreter(("python",), (3, minor, 1), "windows", "AMD64", bits) for minor in MINORS for bits in (32, 64)]
MACS = [
    Interpreter(("python",), (3, minor, 1), "macos", machine, macos=macos)
    for minor in MINORS
    for machine in ("arm64", "x86_64")
    for macos in ((11, 0), (14, 0))
]
EVERYWHERE = [*LINUX, *WINDOWS, *MACS]

LOCKED = json.loads((REPOSITORY / "export" / "lock.json").read_text())["packages"]
TAGS = sorted({package["tags"] for package in LOCKED})
MARKERS = sorted({package["marker"] for package in LOCKED})


def platforms(interpreter: Interpreter) -> list[str]:
    """Of an interpreter, as PEP 600 and its like list them."""
    if interpreter.system == "windows":
        return ["win_amd64" if interpreter.bits == 64 else "win32"]
    if interpreter.system == "macos":
        return list(mac_platforms(interpreter.macos, interpreter.machine))
    old = {(2, 17): "2014", (2, 12): "2010", (2, 5): "1"}
    found = [f"linux_{interpreter.machine}"]
    for minor in range(interpreter.libc[1], 4, -1):
        found.append(f"manylinux_2_{minor}_{interpreter.machine}")
        if (2, minor) in old:
            found.append(f"manylinux{old[2, minor]}_{interpreter.machine}")
    return found


def oracle(interpreter: Interpreter) -> set[Tag]:
    version, names = interpreter.version[:2], platforms(interpreter)
    return {
        *cpython_tags(version, platforms=names),
        *compatible_tags(version, f"cp3{version[1]}", platforms=names),
    }


@pytest.mark.parametrize("interpreter", EVERYWHERE, ids=str)
def test_the_locked_wheels_fit_where_packaging_says_so(interpreter: Interpreter) -> None:
    known = oracle(interpreter)
    assert {tags for tags in TAGS if fits(tags, interpreter)} == {tags for tags in TAGS if parse_tag(tags) & known}


@pytest.mark.parametrize("interpreter", [LINUX[5], WINDOWS[5], MACS[5]], ids=str)
@given(
    python=st.sampled_from(["py3", "py2.py3", "py2", "py311", "cp39", "cp311", "cp312", "pp311", "cp3"]),
    abi=st.sampled_from(["none", "abi3", "cp311", "cp312", "cp311t", "pypy311_pp73"]),
    platform=st.sampled_from(
        [
            "any",
            "linux_x86_64",
            "manylinux1_x86_64",
            "manylinux2014_aarch64",
            "manylinux_2_40_x86_64",
            "musllinux_1_2_x86_64",
            "win32",
            "win_amd64",
            "macosx_11_0_arm64",
            "macosx_10_9_universal2",
        ]
    ),
)
def test_other_tags_fit_where_packaging_says_so(interpreter: Interpreter, python: str, abi: str, platform: str) -> None:
    assume(abi == "none" or platform != "any")  # compiled code is of some platform; no wheel says otherwise
    tags = f"{python}-{abi}-{platform}"
    assert fits(tags, interpreter) == bool(parse_tag(tags) & oracle(interpreter)), tags


def test_a_python_without_its_lock_takes_its_own_wheels_only() -> None:
    free = Interpreter(("python",), (3, 13, 0), "linux", "x86_64", 64, (2, 36), free_threaded=True)
    assert fits("cp313-cp313t-manylinux_2_28_x86_64", free)
    assert not fits("cp313-cp313-manylinux_2_28_x86_64", free)
    assert not fits("cp310-abi3-manylinux_2_28_x86_64", free)
    assert fits("py3-none-any", free)


def test_what_is_no_tag_fits_nowhere() -> None:
    assert not any(fits(tags, LINUX[0]) for tags in ("", "py3", "py3-none", "a-b-c", "py3-none-any-more"))


def variables(interpreter: Interpreter) -> dict[str, str]:
    system = {"linux": ("linux", "Linux"), "windows": ("win32", "Windows"), "macos": ("darwin", "Darwin")}
    return {
        "python_version": f"3.{interpreter.version[1]}",
        "python_full_version": f"3.{interpreter.version[1]}.{interpreter.version[2]}",
        "implementation_version": f"3.{interpreter.version[1]}.{interpreter.version[2]}",
        "sys_platform": system[interpreter.system][0],
        "platform_system": system[interpreter.system][1],
        "platform_machine": interpreter.machine,
        "os_name": "nt" if interpreter.system == "windows" else "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


@pytest.mark.parametrize("interpreter", EVERYWHERE, ids=str)
def test_the_locked_markers_hold_where_packaging_says_so(interpreter: Interpreter) -> None:
    for marker in filter(None, MARKERS):
        expected = Marker(marker).evaluate(variables(interpreter))
        assert marker_holds(marker, interpreter) == expected, marker
    assert marker_holds("", interpreter)
    assert marker_holds("  ", interpreter)


terms = st.one_of(
    st.builds(
        "{} {} '{}'".format,
        st.sampled_from(["python_version", "python_full_version"]),
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        st.sampled_from(["3.9", "3.10", "3.11", "3.11.1", "3.12"]),
    ),
    st.sampled_from(
        [
            "python_version ~= '3.11'",
            "sys_platform == 'win32'",
            "'linux' in sys_platform",
            'os_name != "nt"',
            "platform_machine not in 'x86_64 AMD64'",
            "'3.11' <= python_version",
            "platform_system  ==  'Darwin'",
        ]
    ),
)
markers = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=6,
)


@given(first=markers, second=markers, third=markers, interpreter=st.sampled_from(EVERYWHERE))
def test_other_markers_hold_where_packaging_says_so(
    first: str, second: str, third: str, interpreter: Interpreter
) -> None:
    marker = f"{first} and {second} or {third}"
    assert marker_holds(marker, interpreter) == Marker(marker).evaluate(variables(interpreter)), marker


@pytest.mark.parametrize(
    "marker",
    [
        "python_version",
        "python_version <",
        "python_version < '3.9' and",
        "(python_version < '3.9'",
        "python_version < '3.9')",
        "unknown == 'x'",
        "sys_platform < 'linux'",
        "sys_platform ~= 'linux'",
        "python_version and '3.9'",
        "python_version < 3.9",
        "'a' == 'a' 'b'",
        "; os.system",
    ],
)
def test_what_is_no_marker_is_told(marker: str) -> None:
    with pytest.raises(MarkerError):
        marker_holds(marker, LINUX[0])


def test_versions_are_ordered_by_their_numbers() -> None:
    versions: list[Any] = ["1.2", "1.10", "1.9", "1.10.1", "2.0rc1", "x"]
    assert sorted(versions, key=version_key) == ["x", "1.2", "1.9", "1.10", "1.10.1", "2.0rc1"]


def test_the_lock_was_looked_at() -> None:
    assert len(TAGS) > 20
    assert len(MARKERS) > 3
    assert Path(REPOSITORY / "export" / "lock.json").exists()
