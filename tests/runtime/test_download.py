"""Downloads from a host that cuts, stalls, corrupts and lies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.downloads import Host, hosting
from nurie.protocol import ModelError
from nurie.runtime.download import check_address, download, fetch_small
from nurie.runtime.manifest import FileRecord, record

CONTENT = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting() as made:
        made.files["/file.onnx"] = CONTENT
        yield made


@pytest.fixture
def expected(tmp_path: Path) -> FileRecord:
    (tmp_path / "original").write_bytes(CONTENT)
    return record(tmp_path / "original")


def fetch(host: Host, expected: FileRecord, target: Path, *moods: str) -> None:
    host.mood[:], host.asked[:] = moods, []
    download(f"{host.url}/file.onnx", expected, target, timeout=0.5, pause=0.0)


@pytest.mark.parametrize(
    "moods",
    [
        (),
        ("cut",),
        ("cut", "cut", "cut", "cut"),
        ("stall",),
        ("short",),
        ("long",),
        ("corrupt",),
        ("cut", "corrupt"),
        ("cut", "whole"),
        ("cut", "wrong_range"),
        ("error", "error"),
    ],
)
def test_the_file_arrives_whole_however_the_host_behaves(
    host: Host, expected: FileRecord, tmp_path: Path, moods: tuple[str, ...]
) -> None:
    target = tmp_path / "file.onnx"
    fetch(host, expected, target, *moods)
    assert target.read_bytes() == CONTENT
    assert not target.with_name("file.onnx.part").exists()


def test_a_broken_download_goes_on_where_it_broke(host: Host, expected: FileRecord, tmp_path: Path) -> None:
    fetch(host, expected, tmp_path / "file.onnx", "cut")
    assert [asked for _, asked in host.asked] == ["", f"bytes={len(CONTENT) // 2}-"]


def test_the_next_run_goes_on_too(host: Host, expected: FileRecord, tmp_path: Path) -> None:
    target = tmp_path / "file.onnx"
    with pytest.raises(ModelError, match=r"file\.onnx could not be downloaded"):
        fetch(host, expected, target, "cut", *["error"] * 9)
    assert not target.exists()
    fetch(host, expected, target)
    assert host.asked[0][1] == f"bytes={len(CONTENT) // 2}-"
    assert target.read_bytes() == CONTENT


def test_bytes_that_are_never_right_are_never_installed(host: Host, expected: FileRecord, tmp_path: Path) -> None:
    target = tmp_path / "file.onnx"
    with pytest.raises(ModelError, match="not those of the manifest"):
        fetch(host, expected, target, *["corrupt"] * 9)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["original"]


def test_progress_tells_the_states(host: Host, expected: FileRecord, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    download(
        f"{host.url}/file.onnx", expected, tmp_path / "f", lambda name, state, done, size: told.append((state, done))
    )
    states = list(dict.fromkeys(state for state, _ in told))
    assert states == ["downloading", "verifying", "ready"]
    assert told[-1][1] == len(CONTENT)


def test_no_byte_is_fetched_that_has_no_room(
    host: Host, expected: FileRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10))
    with pytest.raises(ModelError, match="free space") as caught:
        fetch(host, expected, tmp_path / "file.onnx")
    assert caught.value.code == "disk_full"
    assert host.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://example.com/manifest.json", "file:///etc/passwd", "ftp://x/y", "http://127.0.0.1.evil.example/x", "x"],
)
def test_only_https_leaves_this_computer(url: str) -> None:
    with pytest.raises(ModelError, match="https"):
        check_address(url)
    check_address("https://example.com/manifest.json")


def test_a_manifest_is_small(host: Host) -> None:
    host.mood.clear()
    assert fetch_small(f"{host.url}/file.onnx") == CONTENT
    host.files["/large"] = bytes(2 << 20)
    with pytest.raises(ModelError, match="larger than a manifest"):
        fetch_small(f"{host.url}/large")
    with pytest.raises(ModelError, match="could not be fetched"):
        fetch_small(f"{host.url}/nothing")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    moods=st.lists(st.sampled_from(["cut", "short", "long", "corrupt", "whole", "wrong_range", "error"]), max_size=4)
)
def test_any_four_bad_days_in_a_row_are_survived(
    host: Host, expected: FileRecord, tmp_path: Path, moods: list[str]
) -> None:
    target = tmp_path / "file.onnx"
    target.unlink(missing_ok=True)
    target.with_name("file.onnx.part").unlink(missing_ok=True)
    fetch(host, expected, target, *moods)
    assert target.read_bytes() == CONTENT
