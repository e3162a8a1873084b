"""A release: what is in it, and that anybody gets the same bytes from its source."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import get_spdx_licensing
from packaging.utils import canonicalize_name

from nurie import __version__
from nurie.protocol import NurieError
from nurie_export.attributions import read_attributions
from nurie_export.plugin_zip import LOCK, NAME
from nurie_export.release import SUMS
from nurie_export.wheel import ROOT, build_wheel

MAKE = """
import sys
from pathlib import Path
import nurie_export.release
assert Path(nurie_export.release.__file__).is_relative_to(sys.argv[2]), nurie_export.release.__file__
nurie_export.release.make_release(Path(sys.argv[1]))
"""


def make(out: Path, source: Path, umask: str, **environment: str) -> dict[str, bytes]:
    """A release made by another process, in which nothing is as it is here."""
    path = os.pathsep.join(str(source / part) for part in ("export", "backend"))
    kept = {key: value for key, value in os.environ.items() if key not in ("SOURCE_DATE_EPOCH", "PYTHONPATH")}
    command = ["sh", "-c", f'umask {umask}; exec "$@"', "sh", sys.executable, "-c", MAKE, str(out), str(source)]
    subprocess.run(command, cwd=out.parent, env={**kept, "PYTHONPATH": path, **environment}, check=True)
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("release") / "dist"
    return folder, make(folder, ROOT, "022", TZ="UTC", PYTHONHASHSEED="1")


def name(end: str) -> str:
    return f"nurie-{__version__}{end}"


def test_its_own_source_gives_the_same_bytes_in_another_place(
    release: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    folder, first = release
    with tarfile.open(folder / name(".tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    source = tmp_path / name("")
    for path in sorted(source.rglob("*.py"))[:50]:
        os.utime(path)
    second = make(tmp_path / "elsewhere", source, "077", TZ="Asia/Tokyo", PYTHONHASHSEED="2", LC_ALL="C")
    assert sorted(second) == sorted(first)
    assert {name for name in first if first[name] != second[name]} == set()


def test_the_sums_are_of_every_file(release: tuple[Path, dict[str, bytes]]) -> None:
    folder, files = release
    assert sorted(files) == sorted(
        [SUMS, *(name(end) for end in ("-py3-none-any.whl", ".cdx.json", ".tar.gz", ".zip"))]
    )
    lines = files[SUMS].decode().splitlines()
    said = {line.partition("  ")[2]: line.partition("  ")[0] for line in lines}
    assert said == {name: hashlib.sha256(files[name]).hexdigest() for name in files if name != SUMS}
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in folder.iterdir())


def test_the_zip_carries_the_wheel_of_the_release(release: tuple[Path, dict[str, bytes]]) -> None:
    folder, files = release
    with zipfile.ZipFile(folder / name(".zip")) as archive:
        assert archive.read(f"{NAME}/server/{name('-py3-none-any.whl')}") == files[name("-py3-none-any.whl")]


def test_the_wheel_brings_the_model_and_what_its_licences_ask_for(release: tuple[Path, dict[str, bytes]]) -> None:
    folder, _ = release
    with zipfile.ZipFile(folder / name("-py3-none-any.whl")) as archive:
        model = json.loads(archive.read("nurie/resources/compact/manifest.json"))
        for file, entry in model["files"].items():
            content = archive.read(f"nurie/resources/compact/{file}")
            assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        licences = f"{name('')}.dist-info/licenses"
        assert archive.read(f"{licences}/LICENSE") == (ROOT / "LICENSE").read_bytes()
        assert archive.read(f"{licences}/resources/MODEL_CARD.md") == (ROOT / "resources/MODEL_CARD.md").read_bytes()
        assert not [file for file in archive.namelist() if "krita" in file and not file.startswith("nurie/cli/")]


def test_the_bill_is_valid_and_names_everything(release: tuple[Path, dict[str, bytes]]) -> None:
    _, files = release
    text = files[name(".cdx.json")].decode()
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None, error
    components: list[dict[str, Any]] = json.loads(text)["components"]
    assert all(component["licenses"] for component in components)
    found = {(component["name"], component.get("version")) for component in components}
    lock = json.loads(LOCK.read_text("utf-8"))["packages"]
    assert {(package["name"], package["version"]) for package in lock} <= found
    (model,) = [component for component in components if component["type"] == "machine-learning-model"]
    weights = hashlib.sha256((ROOT / "resources/compact/compact.safetensors").read_bytes()).hexdigest()
    assert model["hashes"] == [{"alg": "SHA-256", "content": weights}]
    works = {(work["name"], work["author"]) for work in model["components"]}
    assert works == {(work.work, work.authors) for work in read_attributions().training}
    (wheel,) = [component for component in components if component["name"] == "nurie-backend"]
    assert wheel["hashes"][0]["content"] == hashlib.sha256(files[name("-py3-none-any.whl")]).hexdigest()


@pytest.mark.parametrize("place", [ROOT / "resources" / "MODEL_CARD.md", ROOT / "plugin" / NAME / "licences.html"])
def test_whoever_is_attributed_is_named_where_people_read(place: Path) -> None:
    text = " ".join(place.read_text("utf-8").replace("&amp;", "&").split())
    for work in read_attributions().training:
        for author in work.authors.removesuffix(" and contributors").split(" and "):
            assert author in text, (author, place)


def test_the_page_of_licences_names_every_package_of_the_light_runtime() -> None:
    text = (ROOT / "plugin" / NAME / "licences.html").read_text("utf-8")
    packages = json.loads(LOCK.read_text("utf-8"))["packages"]
    assert {one["name"] for one in packages if one["extra"] in ("", "cpu", "uv") and one["name"] not in text} == set()


def test_the_licences_are_those_that_the_packages_state() -> None:
    attributions = read_attributions()
    spdx = get_spdx_licensing()
    locked = {(package["name"], package["version"]) for package in json.loads(LOCK.read_text("utf-8"))["packages"]}
    for package, _ in locked:
        assert (
            not set(spdx.license_keys(attributions.license_of(package)))
            - set(spdx.known_symbols)
            - {"LicenseRef-NVIDIA"}
        )
    stated = 0
    for distribution in metadata.distributions():
        package = canonicalize_name(distribution.name)
        expression = distribution.metadata.json.get("license_expression")
        if expression and (package, distribution.version) in locked:
            assert attributions.license_of(package) == expression
            stated += 1
    assert stated > 0


def test_a_package_that_nobody_looked_at_is_one_sentence() -> None:
    with pytest.raises(NurieError, match="Nobody has noted the licence of leftpad"):
        read_attributions().license_of("leftpad")


def test_without_the_source_it_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NurieError, match="source is not here"):
        build_wheel(tmp_path, tmp_path)
