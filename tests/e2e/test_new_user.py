"""What the setup is tested with: the wheels that a lock names, and the zip of another version."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from e2e.kritas import REPOSITORY
from e2e.older import renumbered
from e2e.wheels import fetch, wanted

LOCK = json.loads((REPOSITORY / "export" / "lock.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("minor", range(10, 15))
def test_one_wheel_of_each_name_is_wanted(minor: int) -> None:
    names = [package["name"] for package in wanted(LOCK["packages"], (3, minor))]
    assert len(names) == len(set(names))
    assert {"numpy", "onnxruntime", "opencv-python-headless", "pillow", "uv"} <= set(names)


def test_a_file_that_is_not_what_the_lock_says_is_refused(tmp_path: Path) -> None:
    package = {"name": "x", "version": "1", "file": "x-1-py3-none-any.whl", "tags": "py3-none-any"}
    (tmp_path / package["file"]).write_bytes(b"whole")
    good = {**package, "sha256": hashlib.sha256(b"whole").hexdigest()}
    assert fetch([good], (3, 11), tmp_path) == tmp_path
    with pytest.raises(RuntimeError, match="not what the lock says"):
        fetch([{**good, "sha256": "0" * 64}], (3, 11), tmp_path)
    assert not (tmp_path / package["file"]).exists()


def test_another_version_is_whole(tmp_path: Path) -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nurie/__init__.py", '__version__ = "1.2.3"\n')
        archive.writestr("nurie-1.2.3.dist-info/METADATA", "Name: nurie\nVersion: 1.2.3\nRequires-Dist: x>=1.2.3\n")
        archive.writestr("nurie-1.2.3.dist-info/RECORD", "")
    zipped = tmp_path / "new.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        nurie = {"version": "1.2.3", "file": "nurie-1.2.3-py3-none-any.whl", "sha256": "", "size": 0}
        archive.writestr("nurie_krita/__init__.py", "pass\n")
        archive.writestr("nurie_krita/server/", "")
        archive.writestr("nurie_krita/server/lock.json", json.dumps({"nurie": nurie, "packages": ["kept"]}))
        archive.writestr("nurie_krita/server/nurie-1.2.3-py3-none-any.whl", wheel.getvalue())
    with zipfile.ZipFile(renumbered(zipped, "1.2.2", tmp_path / "old.zip")) as archive:
        lock = json.loads(archive.read("nurie_krita/server/lock.json"))
        content = archive.read("nurie_krita/server/nurie-1.2.2-py3-none-any.whl")
        assert archive.read("nurie_krita/__init__.py") == b"pass\n"
        assert "nurie_krita/server/" in archive.namelist()
        assert not any("1.2.3" in name for name in archive.namelist())
    assert lock["packages"] == ["kept"]
    assert lock["nurie"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert lock["nurie"]["size"] == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("nurie/__init__.py") == b'__version__ = "1.2.2"\n'
        metadata = archive.read("nurie-1.2.2.dist-info/METADATA").decode()
        assert metadata == "Name: nurie\nVersion: 1.2.2\nRequires-Dist: x>=1.2.3\n"
        for line in archive.read("nurie-1.2.2.dist-info/RECORD").decode().splitlines()[:-1]:
            name, digest, size = line.split(",")
            data = archive.read(name)
            wanted_digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={wanted_digest}", len(data))
