"""The platforms that Nurie can be set up on: which wheels run there, and the markers that tell them apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms

__all__ = ["CELLS", "PLATFORMS", "PYTHONS", "Cell", "marker_of", "on", "pythons_of", "tags_of"]

PLATFORMS = {
    "linux-x86_64": ("linux", "x86_64"),
    "linux-aarch64": ("linux", "aarch64"),
    "windows-amd64": ("win32", "AMD64"),
    "macos-arm64": ("darwin", "arm64"),
    "macos-x86_64": ("darwin", "x86_64"),
}
"""Name to ``sys.platform`` and ``platform.machine()``."""

PYTHONS = ((3, 10), (3, 11), (3, 12), (3, 13), (3, 14))

_GLIBC = 40  # glibc 2.40: no wheel asks for more, and setup looks at the computer's own
_MACOS = (14, 0)
_OLD_NAMES = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}


@dataclass(frozen=True, order=True)
class Cell:
    """A platform with a version of CPython."""

    platform: str
    python: tuple[int, int]

    def environment(self) -> dict[str, str]:
        """What PEP 508 markers are evaluated against."""
        system, machine = PLATFORMS[self.platform]
        version = f"{self.python[0]}.{self.python[1]}"
        return {
            "sys_platform": system,
            "platform_machine": machine,
            "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[system],
            "os_name": "nt" if system == "win32" else "posix",
            "python_version": version,
            "python_full_version": f"{version}.1",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


def pythons_of(platform: str) -> tuple[tuple[int, int], ...]:
    """ONNX Runtime's last wheels for Macs with Intel processors are of Python 3.13."""
    return PYTHONS[:-1] if platform == "macos-x86_64" else PYTHONS


CELLS = frozenset(Cell(platform, python) for platform in PLATFORMS for python in pythons_of(platform))


def on(platform: str) -> str:
    """The PEP 508 marker of a platform."""
    system, machine = PLATFORMS[platform]
    return f"sys_platform == '{system}' and platform_machine == '{machine}'"


@cache
def tags_of(cell: Cell) -> dict[Tag, int]:
    """Tags of the wheels that run there, with their rank, the preferred lowest.

    A compiled wheel is preferred to a pure one; of compiled ones that for the oldest systems, since all can run it.
    """
    platforms = list(_wheel_platforms(cell.platform))
    interpreter = f"cp{cell.python[0]}{cell.python[1]}"
    tags = [*cpython_tags(cell.python, platforms=platforms), *compatible_tags(cell.python, interpreter, platforms)]
    return {tag: rank for rank, tag in enumerate(tags)}


def _wheel_platforms(platform: str) -> Iterator[str]:
    """The oldest system first."""
    system, machine = PLATFORMS[platform]
    if system == "win32":
        yield "win_amd64"
    elif system == "darwin":
        yield from reversed(list(mac_platforms(_MACOS, machine)))
    else:
        for minor in range(5, _GLIBC + 1):
            yield f"manylinux_2_{minor}_{machine}"
            if minor in _OLD_NAMES:
                yield f"{_OLD_NAMES[minor]}_{machine}"


def marker_of(cells: Iterable[Cell], universe: Iterable[Cell] = CELLS) -> str:
    """A PEP 508 marker that holds in these cells and in no other of the universe; empty where it is all of them.

    A bound that is the universe's own is left open: a newer Python is told apart by its wheels, which are not there.
    Raises ValueError where a platform's Pythons have a gap.
    """
    wanted, every = _by_platform(cells), _by_platform(universe)
    versions = {platform: _versions(here, every[platform]) for platform, here in wanted.items()}
    if len(versions) == len(every) and len(set(versions.values())) == 1:
        return next(iter(versions.values()))
    return " or ".join(" and ".join(filter(None, (on(platform), text))) for platform, text in versions.items())


def _versions(here: list[tuple[int, int]], there: list[tuple[int, int]]) -> str:
    first, last = here[0], here[-1]
    if here != there[there.index(first) : there.index(last) + 1]:
        raise ValueError(f"a gap between Pythons: {here}")
    lower = f"python_version >= '3.{first[1]}'" if first != there[0] else ""
    upper = f"python_version < '3.{last[1] + 1}'" if last != there[-1] else ""
    return " and ".join(filter(None, (lower, upper)))


def _by_platform(cells: Iterable[Cell]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for cell in sorted(cells):
        found.setdefault(cell.platform, []).append(cell.python)
    return found
