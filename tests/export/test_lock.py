"""The lock: the committed one against what pyproject.toml asks for, and how it is made, with the real uv."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_wheel_filename

from fakes.package_index import serving
from nurie.protocol import NurieError
from nurie_export.lock import EXTRAS, MANAGED, cells_of, locked, requirements
from nurie_export.pip_requirements import to_requirements
from nurie_export.platforms import CELLS, PLATFORMS, PYTHONS, Cell, on, tags_of
from nurie_export.plugin_zip import LOCK
from nurie_export.resolution import resolve

DATA = json.loads(LOCK.read_text("utf-8"))
PACKAGES: list[dict[str, Any]] = DATA["packages"]
ENGINES = ("cpu", "cuda")  # one of them is installed, and the other is not


@cache
def holds(marker: str, cell: Cell) -> bool:
    return not marker or Marker(marker).evaluate(cell.environment())


@cache
def tags(file: str) -> frozenset[Tag]:
    return parse_wheel_filename(file)[3]


def installed(cell: Cell, extras: set[str]) -> dict[str, dict[str, Any]]:
    """What a setup would take there; one wheel a name."""
    found: dict[str, dict[str, Any]] = {}
    for package in PACKAGES:
        if package["extra"] in extras | {""} and holds(package["marker"], cell):
            assert not tags(package["file"]).isdisjoint(tags_of(cell)), (cell, package["file"])
            same = found.setdefault(package["name"], package)
            assert same["file"] == package["file"], (cell, package["name"])
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_it_holds_what_the_project_asks_for_on_every_platform(engine: str) -> None:
    for cell in sorted(cells_of(engine)):
        extras = {extra for extra in EXTRAS if cell in cells_of(extra)} - (set(ENGINES) - {engine})
        found = installed(cell, extras)
        asked = requirements()
        for requirement in [*asked[""], *(one for extra in extras for one in asked[extra])]:
            if requirement.marker is None or requirement.marker.evaluate(cell.environment()):
                version = found[canonicalize_name(requirement.name)]["version"]
                assert requirement.specifier.contains(version), (cell, requirement, version)


@pytest.mark.parametrize("extra", ["", *EXTRAS])
def test_every_extra_can_be_chosen_by_itself(extra: str) -> None:
    for cell in cells_of(extra):
        assert {canonicalize_name(one.name) for one in requirements()[""] if one.marker is None} <= set(
            installed(cell, {extra})
        )


def test_it_is_closed_under_what_its_packages_ask_for() -> None:
    """As far as the packages installed here tell."""
    names = {package["name"] for package in PACKAGES}
    light = {package["name"] for package in PACKAGES if package["extra"] in ("", "cpu")}
    seen = 0
    for distribution in metadata.distributions():
        if canonicalize_name(distribution.name) not in light:
            continue
        for line in distribution.requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert canonicalize_name(requirement.name) in names, (distribution.name, line)
                seen += 1
    assert seen > 0


def test_each_entry_is_well_formed_and_names_no_address() -> None:
    assert "/" not in LOCK.read_text("utf-8")
    assert DATA["python"] == {"version": MANAGED, "managed": []}
    assert tuple(map(int, MANAGED.split("."))) in PYTHONS
    for package in PACKAGES:
        assert set(package) == {"name", "version", "file", "sha256", "size", "marker", "tags", "extra"}
        name, version = parse_wheel_filename(package["file"])[:2]
        assert (name, str(version)) == (package["name"], package["version"])
        pythons, abis, platforms = (part.split(".") for part in package["tags"].split("-"))
        named = {f"{python}-{abi}-{platform}" for python in pythons for abi in abis for platform in platforms}
        assert named == {str(tag) for tag in tags(package["file"])}
        assert re.fullmatch("[0-9a-f]{64}", package["sha256"])
        assert package["size"] > 0
        assert package["extra"] in {"", *EXTRAS}
    keys = [(package["extra"], package["file"]) for package in PACKAGES]
    assert len(keys) == len(set(keys))
    assert len({package["file"] for package in PACKAGES}) == len({package["sha256"] for package in PACKAGES})


def test_pip_reads_the_same_from_its_requirements() -> None:
    lines = [line.split(" --hash=sha256:") for line in to_requirements(PACKAGES, ("cpu", "uv")).splitlines()]
    read = [(Requirement(text), set(hashes)) for text, *hashes in lines]
    for cell in CELLS:
        asked = [one for one in read if one[0].marker is None or one[0].marker.evaluate(cell.environment())]
        found = installed(cell, {"cpu", "uv"})
        assert {(one.name, str(one.specifier)) for one, _ in asked} == {
            (name, f"=={package['version']}") for name, package in found.items()
        }
        assert all(found[one.name]["sha256"] in hashes for one, hashes in asked)


def test_the_light_runtime_is_small() -> None:
    """Setup's promise: 200 MB at most, uv and the runtime for the processor together."""
    for cell in CELLS:
        assert sum(package["size"] for package in installed(cell, {"cpu", "uv"}).values()) < 200e6


def wheel(folder: Path, name: str, version: str, *, tag: str = "py3-none-any", needs: tuple[str, ...] = ()) -> Path:
    """A wheel with nothing in it."""
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {n}" for n in needs)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("UV_NO_PROXY", "*")
    monkeypatch.setenv("UV_PYTHON", sys.executable)
    folder = tmp_path / "wheels"
    folder.mkdir()
    with serving(folder) as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.url)
        yield served


def test_uv_finds_what_fits_and_we_keep_a_wheel_for_each_platform(index: Any) -> None:
    folder: Path = index.folder
    wheel(folder, "paint", "1", tag="cp310-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64")
    newer = wheel(folder, "paint", "1", tag="cp310-abi3-manylinux_2_28_x86_64")
    for tag in (
        "manylinux2014_aarch64",
        "win_amd64",
        "macosx_11_0_arm64",
        "macosx_10_12_x86_64",
        "musllinux_1_2_x86_64",
    ):
        wheel(folder, "paint", "1", tag=f"cp310-abi3-{tag}")
    wheel(folder, "brush", "2", needs=("hair", "old; python_version < '3.11'"))
    small = wheel(folder, "hair", "3")
    wheel(folder, "old", "1")
    resolved = resolve(["paint"], {"psd": ["brush"]}, [on(name) for name in PLATFORMS], ">=3.10,<3.15")
    entries = locked(resolved)
    assert [(entry["extra"], entry["name"]) for entry in entries] == [
        *[("", "paint")] * len(PLATFORMS),
        ("psd", "brush"),
        ("psd", "hair"),
        ("psd", "old"),
    ]
    files = {entry["file"]: entry for entry in entries}
    assert newer.name not in files
    assert not any("musllinux" in file for file in files)
    assert files[small.name]["size"] == small.stat().st_size
    assert files["old-1-py3-none-any.whl"]["marker"] == "python_version < '3.11'"


def test_a_platform_without_a_wheel_is_one_sentence() -> None:
    package = {
        "name": "paint",
        "version": "1",
        "wheels": [{"url": "x/paint-1-cp312-cp312-win_amd64.whl", "hashes": {"sha256": "0" * 64}, "size": 1}],
    }
    with pytest.raises(NurieError, match=r"paint 1 has no wheel for .*Python 3\.1"):
        locked({"": [package]})


def test_what_does_not_exist_is_one_sentence(index: Any) -> None:
    with pytest.raises(NurieError, match="uv could not find versions that fit together"):
        resolve(["nowhere"], {}, [on("linux-x86_64")], ">=3.10")
