# SPDX-License-Identifier: GPL-3.0-or-later
"""Which wheel fits which interpreter: PEP 425 tags and PEP 508 markers, as far as the lock uses them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .systems import Interpreter

__all__ = ["MarkerError", "fits", "marker_holds", "version_key"]

_OLD_GLIBC = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_MANY = re.compile(r"manylinux_(\d+)_(\d+)_(\w+)")
_MAC = re.compile(r"macosx_(\d+)_(\d+)_(\w+)")
_WINDOWS = {("amd64", 64): "win_amd64", ("x86_64", 64): "win_amd64", ("arm64", 64): "win_arm64"}
_TOKEN = re.compile(r"""\s*(?:(<=|>=|==|!=|~=|<|>|\(|\)|\bnot\s+in\b|\bin\b|\band\b|\bor\b)|([a-z_]+)|(["'])(.*?)\3)""")


class MarkerError(ValueError):
    """A marker that is none, or of a kind that the lock does not use."""


def fits(tags: str, interpreter: Interpreter) -> bool:
    """Whether a wheel of these tags (``cp311-abi3-manylinux_2_28_x86_64.manylinux2014_x86_64``) runs there."""
    parts = tags.split("-")
    if len(parts) != 3:
        return False
    pythons, abis, platforms = (part.split(".") for part in parts)
    return any(_platform_fits(name, interpreter) for name in platforms) and any(
        _python_fits(python, abi, interpreter) for python in pythons for abi in abis
    )


def _python_fits(python: str, abi: str, interpreter: Interpreter) -> bool:
    found = re.fullmatch(r"(py|cp)(\d)(\d*)", python)
    if found is None:
        return False
    kind, major, minor = found[1], int(found[2]), int(found[3] or 0)
    ours = interpreter.version[1]
    if major != 3 or interpreter.version[0] != 3:
        return False
    if kind == "py":
        return abi == "none" and minor <= ours
    if interpreter.implementation != "cpython":
        return False
    if abi == "abi3":  # the stable interface, which Python 3.2 brought
        return 2 <= minor <= ours and not interpreter.free_threaded
    return minor == ours and abi in ("none", f"cp3{ours}{'t' if interpreter.free_threaded else ''}")


def _platform_fits(name: str, interpreter: Interpreter) -> bool:
    machine = interpreter.machine.lower()
    if name == "any":
        return True
    if interpreter.system == "windows":
        return name == _WINDOWS.get((machine, interpreter.bits), "win32")
    if interpreter.system == "macos":
        return _mac_fits(name, machine, interpreter.macos)
    if interpreter.bits != 64 and machine in ("x86_64", "aarch64"):  # a 32-bit Python on a 64-bit system
        return False
    for old, glibc in _OLD_GLIBC.items():
        if name.startswith(f"{old}_"):
            return name == f"{old}_{machine}" and interpreter.libc >= glibc
    found = _MANY.fullmatch(name)
    if found is not None:
        return found[3] == machine and interpreter.libc >= (int(found[1]), int(found[2]))
    return name == f"linux_{machine}"


def _mac_fits(name: str, machine: str, system: tuple[int, int]) -> bool:
    found = _MAC.fullmatch(name)
    if found is None or (int(found[1]), int(found[2])) > system:
        return False
    return found[3] in {"arm64": ("arm64", "universal2"), "x86_64": ("x86_64", "universal2", "intel")}.get(machine, ())


def version_key(version: str) -> tuple[int, ...]:
    """Orders versions by their numbers; what follows them (``rc1``) is not looked at."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def marker_holds(marker: str, interpreter: Interpreter) -> bool:
    """Whether a requirement of this marker is needed there. MarkerError for one that cannot be read."""
    if not marker.strip():
        return True
    reader = _Reader(marker, _variables(interpreter))
    value = reader.either()
    if reader.rest:
        raise MarkerError(marker)
    return value


def _variables(interpreter: Interpreter) -> Mapping[str, str]:
    numbers = [str(number) for number in interpreter.version]
    system = interpreter.system
    cpython = interpreter.implementation == "cpython"
    return {
        "python_version": ".".join(numbers[:2]),
        "python_full_version": ".".join(numbers),
        "implementation_version": ".".join(numbers),
        "sys_platform": {"windows": "win32", "macos": "darwin"}.get(system, "linux"),
        "platform_system": {"windows": "Windows", "macos": "Darwin"}.get(system, "Linux"),
        "platform_machine": interpreter.machine,
        "os_name": "nt" if system == "windows" else "posix",
        "implementation_name": interpreter.implementation,
        "platform_python_implementation": "CPython" if cpython else interpreter.implementation,
        "extra": "",
    }


class _Reader:
    """Recursive descent over a marker's tokens."""

    def __init__(self, marker: str, variables: Mapping[str, str]) -> None:
        self._marker = marker
        self._variables = variables
        self.rest: list[tuple[str, str]] = []
        at = 0
        while marker[at:].strip():
            found = _TOKEN.match(marker, at)
            if found is None:
                raise MarkerError(marker)
            operator, name, quote, text = found.groups()
            kind = "operator" if operator else "text" if quote else "name"
            self.rest.append((kind, " ".join(operator.split()) if operator else text if quote else name))
            at = found.end()

    def either(self) -> bool:
        value = self._all()
        while self._next("or"):
            value = self._all() or value  # what follows is read in any case
        return value

    def _all(self) -> bool:
        value = self._one()
        while self._next("and"):
            value = self._one() and value
        return value

    def _one(self) -> bool:
        if self._next("("):
            value = self.either()
            if not self._next(")"):
                raise MarkerError(self._marker)
            return value
        first, is_version = self._value()
        kind, operator = self._take()
        second, also = self._value()
        if kind != "operator":
            raise MarkerError(self._marker)
        return _compare(first, operator, second, self._marker, numbers=is_version or also)

    def _next(self, operator: str) -> bool:
        if self.rest and self.rest[0] == ("operator", operator):
            self.rest.pop(0)
            return True
        return False

    def _take(self) -> tuple[str, str]:
        if not self.rest:
            raise MarkerError(self._marker)
        return self.rest.pop(0)

    def _value(self) -> tuple[str, bool]:
        """The text, and whether it is a version."""
        kind, text = self._take()
        if kind == "text":
            return text, False
        if kind != "name" or text not in self._variables:
            raise MarkerError(self._marker)
        return self._variables[text], text.endswith("version")


def _compare(first: str, operator: str, second: str, marker: str, *, numbers: bool) -> bool:
    if operator in ("in", "not in"):
        return (first in second) == (operator == "in")
    if not numbers:
        if operator not in ("==", "!="):
            raise MarkerError(marker)
        return (first == second) == (operator == "==")
    left, right = version_key(first), version_key(second)
    if operator == "~=":
        return left >= right and left[: len(right) - 1] == right[:-1]
    length = max(len(left), len(right))
    one, two = (key + (0,) * (length - len(key)) for key in (left, right))  # 3.10 is 3.10.0
    results = {"==": one == two, "!=": one != two, "<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}
    if operator not in results:
        raise MarkerError(marker)
    return results[operator]
