"""Downloads from a real server on a real socket, which has bad days."""

from __future__ import annotations

import errno
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from fakes.listening import listening
from fakes.package_index import PackageIndex, serving
from fakes.wheels import entry, make_wheel
from nurie_krita.protocol import Cancelled, NurieError, UsageError
from nurie_krita.setup.download import fetch, part_of
from nurie_krita.setup.index import read_index
from nurie_krita.setup.job import Job
from nurie_krita.setup.lock import LockedFile, ManagedPython
from nurie_krita.setup.network import Network, Times
from nurie_krita.setup.proxy import read_proxy

pytestmark = pytest.mark.usefixtures("qapp")

TIMES = Times(retries=(0.0, 0.01, 0.02))
HASTY = replace(TIMES, stall=0.5)
"""Where a line is to be given up; elsewhere no pause of a busy computer may be taken for a dead one."""
SIZE = 700_000


class Heard(Job):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int, float | None]] = []
        super().__init__(lambda *told: self.told.append(told))

    @property
    def done(self) -> int:
        return self.told[-1][1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where downloads go."""
    made = tmp_path / "塗り絵's wheels"
    made.mkdir()
    return made


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[PackageIndex]:
    served = tmp_path / "served"
    served.mkdir()
    make_wheel(served, "some-thing", "1.0", {"data": bytes(range(250)) * (SIZE // 250)})
    with serving(served) as index:
        yield index


@pytest.fixture
def file(remote: PackageIndex) -> LockedFile:
    said = entry(next(remote.folder.iterdir()))
    return LockedFile(said["name"], said["version"], said["file"], said["sha256"], said["size"])


@contextmanager
def network(index: str, job: Job | None = None, proxy: str | None = None, times: Times = TIMES) -> Iterator[Network]:
    made = Network(job or Job(), read_index(index), proxy, times)
    made.job.enter("downloading", SIZE)
    try:
        yield made
    finally:
        made.close()


def failure(index: str, file: LockedFile, folder: Path, proxy: str | None = None, times: Times = TIMES) -> NurieError:
    with network(index, None, proxy, times) as made, pytest.raises(NurieError) as raised:
        fetch(made, file, folder)
    return raised.value


def ranges(remote: PackageIndex) -> list[str]:
    """Of what was asked for, of files."""
    return [asked for path, asked in remote.asked if path.startswith("/files/")]


def test_a_file_comes_whole_and_its_bytes_are_told(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    job = Heard()
    with network(remote.url, job) as made:
        path = fetch(made, file, folder)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    assert [path.name for path in folder.iterdir()] == [file.file]
    assert job.done == file.size
    assert [told[1] for told in job.told] == sorted(told[1] for told in job.told)


def test_what_is_there_is_not_asked_for_again(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    for _ in range(2):
        job = Heard()
        with network(remote.url, job) as made:
            fetch(made, file, folder)
        assert job.done == file.size
    assert ranges(remote) == [""]


@pytest.mark.parametrize("mood", ["cut", "stall", "short", "error", "corrupt", "wrong_range"])
def test_a_bad_moment_is_got_over(mood: str, remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    part_of(folder / file.file).write_bytes((remote.folder / file.file).read_bytes()[:1000])
    remote.mood = [mood]
    job = Heard()
    with network(remote.url, job, times=HASTY if mood == "stall" else TIMES) as made:
        path = fetch(made, file, folder)
    assert path.read_bytes() == (remote.folder / file.file).read_bytes()
    assert job.done == file.size
    asked = ranges(remote)
    assert asked[0] == "bytes=1000-"
    assert len(asked) == 2 or (mood == "stall" and len(asked) > 2)  # a busy computer may seem to stall once more


def test_it_goes_on_where_it_stopped(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    remote.mood = ["stall"] * 5
    with network(remote.url, times=HASTY) as made:
        fetch(made, file, folder)
    asked = [int(text.removeprefix("bytes=").removesuffix("-") or 0) for text in ranges(remote)]
    assert len(set(asked)) >= 6  # more than one is patient for, but each brought something
    assert asked == sorted(asked)
    assert remote.sent < file.size * 1.5


def test_a_server_without_ranges_begins_anew(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    remote.mood = ["cut", "whole"]
    job = Heard()
    with network(remote.url, job) as made:
        path = fetch(made, file, folder)
    assert path.read_bytes() == (remote.folder / file.file).read_bytes()
    assert job.done == file.size


def test_another_file_under_the_same_name_begins_anew(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    part = part_of(folder / file.file)
    part.write_bytes(bytes(5000))
    with network(remote.url) as made:
        path = fetch(made, file, folder)
    assert path.read_bytes() == (remote.folder / file.file).read_bytes()
    assert ranges(remote) == ["bytes=5000-", ""]


@pytest.mark.parametrize("size", [0, 1, SIZE // 2])
def test_whatever_lies_in_its_place_does_no_harm(
    size: int, remote: PackageIndex, file: LockedFile, folder: Path
) -> None:
    for path in (folder / file.file, part_of(folder / file.file)):
        path.write_bytes(b"x" * (size or file.size + 5))
    with network(remote.url) as made:
        fetch(made, file, folder)
    assert {path.name for path in folder.iterdir()} == {file.file}


@pytest.mark.parametrize(
    ("moods", "code", "sentence"),
    [
        (["corrupt", "corrupt"], "damaged_download", "arrived damaged from"),
        (["short", "short"], "damaged_download", "arrived damaged from"),
        (["stall_at_once"] * 4, "offline", "nothing came for 0.5 s"),
        (["error"] * 4, "offline", "it answers with the error 503"),
        (["gone"], "not_found", "does not have"),
    ],
)
def test_a_bad_day_is_told(
    moods: list[str], code: str, sentence: str, remote: PackageIndex, file: LockedFile, folder: Path
) -> None:
    if moods[0] == "stall_at_once":
        with silent() as url:
            error = failure(url, file, folder, times=HASTY)
    else:
        remote.mood = moods
        error = failure(remote.url, file, folder)
    assert error.code == code
    assert sentence in error.message
    assert error.advice
    assert "\n" not in str(error)


def test_a_network_that_is_gone_keeps_what_came(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    part_of(folder / file.file).write_bytes((remote.folder / file.file).read_bytes()[:1000])
    remote.dead_after = 300_000
    error = failure(remote.url, file, folder)
    assert error.code == "offline"
    assert "127.0.0.1" in error.message
    kept = part_of(folder / file.file).stat().st_size
    assert 1000 <= kept <= 301_000  # what was on the line when it was cut is lost
    remote.dead_after = None
    job = Heard()
    with network(remote.url, job) as made:
        fetch(made, file, folder)
    assert job.done == file.size
    assert ranges(remote)[-1] == f"bytes={kept}-"


def test_nobody_there_is_told(file: LockedFile, folder: Path) -> None:
    error = failure("http://127.0.0.1:9/simple/", file, folder)
    assert (error.code, error.message) == ("offline", "The connection to 127.0.0.1:9 failed: Connection refused.")


def test_an_index_that_does_not_know_it_is_told(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    for other in (replace(file, name="nothing"), replace(file, file="some_thing-2.0-py3-none-any.whl")):
        error = failure(remote.url, other, folder)
        assert error.code == "not_found"
        assert "Choose another package index" in error.advice


def test_it_is_cancelled_at_any_byte_and_what_came_stays(
    qtbot: QtBot, remote: PackageIndex, file: LockedFile, folder: Path
) -> None:
    remote.rate = 1e6

    class Cancelling(Job):
        def advance(self, count: int, *, fresh: bool = True) -> None:
            if part_of(folder / file.file).exists() and count > 0:
                self.cancel()
            super().advance(count, fresh=fresh)

    for _ in range(2):
        with network(remote.url, Cancelling()) as made, pytest.raises(Cancelled):
            fetch(made, file, folder)
    assert 0 < part_of(folder / file.file).stat().st_size < file.size
    remote.rate = None
    with network(remote.url) as made:
        assert fetch(made, file, folder).read_bytes() == (remote.folder / file.file).read_bytes()


def test_a_stalled_connection_can_be_cancelled(file: LockedFile, folder: Path) -> None:
    job = Job()
    with silent() as url, network(url, job) as made:
        timer = threading.Timer(0.15, job.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            fetch(made, file, folder)
        timer.join()


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EACCES, "permission"), (errno.EIO, "bad_output")]
)
def test_a_disk_that_takes_no_more_is_told(
    number: int,
    code: str,
    remote: PackageIndex,
    file: LockedFile,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system's own refusals: a full disk is seen for real in the tests with Krita."""
    there = Path.open

    def refuse(self: Path, *arguments: Any, **named: Any) -> Any:
        if self.parent == folder:
            raise OSError(number, "refused", str(self))
        return there(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", refuse)
    assert failure(remote.url, file, folder).code == code


def test_a_folder_that_may_not_be_written_in_is_told(remote: PackageIndex, file: LockedFile, tmp_path: Path) -> None:
    if Path("/proc/self").exists():
        error = failure(remote.url, file, Path("/proc/self"))
        assert error.code in ("permission", "bad_output")


@contextmanager
def answering(
    respond: dict[str, tuple[int, dict[str, str], bytes]],
) -> Iterator[tuple[str, list[BaseHTTPRequestHandler]]]:
    """A server that says by path what it was told to say; its address, and what it was asked."""
    asked: list[BaseHTTPRequestHandler] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            asked.append(self)
            status, headers, body = respond.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with listening(Handler) as url:
        yield url, asked


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/simple/"


def redirect(to: str) -> tuple[int, dict[str, str], bytes]:
    return 302, {"Location": to}, b""


HTML = {"Content-Type": "text/html"}


def test_a_redirect_on_the_same_host_is_followed_and_links_count_from_there(
    remote: PackageIndex, file: LockedFile, folder: Path
) -> None:
    content = (remote.folder / file.file).read_bytes()
    pages = {
        "/simple/some-thing/": redirect("/elsewhere/some-thing/"),
        "/elsewhere/some-thing/": (200, HTML, f'<a href="{file.file}">x</a>'.encode()),
        f"/elsewhere/some-thing/{file.file}": (200, {}, content),
    }
    with answering(pages) as (url, _), network(f"{url}/simple/") as made:
        assert fetch(made, file, folder).read_bytes() == content


def test_a_redirect_to_an_unsafe_place_is_refused_and_one_without_end_too(
    remote: PackageIndex, file: LockedFile, folder: Path
) -> None:
    with answering({"/simple/some-thing/": redirect(remote.url)}) as (url, _):
        error = failure(f"{url}/simple/", file, folder)
        assert error.code == "unsafe_redirect"
        assert "without a safe connection" in error.message
    assert remote.asked == []
    with answering({"/simple/some-thing/": redirect("/simple/some-thing/")}) as (url, asked):
        assert failure(f"{url}/simple/", file, folder).code == "unsafe_redirect"
        assert len(asked) == 6


def test_a_password_goes_to_its_own_host_only_and_into_no_sentence(
    remote: PackageIndex, file: LockedFile, folder: Path
) -> None:
    page = f'<a href="{remote.url.replace("/simple/", "/files/")}{file.file}">x</a>'.encode()
    with answering({"/simple/some-thing/": (200, HTML, page)}) as (url, asked):
        private = url.replace("//", "//me:s3cret@")
        with network(f"{private}/simple/") as made:
            fetch(made, file, folder)
        assert [handler.headers["Authorization"] for handler in asked] == ["Basic bWU6czNjcmV0"]
        (folder / file.file).unlink()
        missing = failure(f"{private}/simple/", replace(file, name="nothing"), folder)
    gone = failure(f"{private}/simple/", replace(file, name="nothing"), folder)
    for error in (missing, gone):
        assert "s3cret" not in str(error)
    assert gone.code == "offline"


def test_a_page_that_is_none_is_told(file: LockedFile, folder: Path) -> None:
    for kind, body in (("application/json", b"<html>"), ("text/html", b"Please log in")):
        with answering({"/simple/some-thing/": (200, {"Content-Type": kind}, body)}) as (url, _):
            assert failure(f"{url}/simple/", file, folder).code in ("no_index", "not_found")


def test_who_is_refused_is_told(file: LockedFile, folder: Path) -> None:
    for status in (401, 403):
        with answering({"/simple/some-thing/": (status, {}, b"")}) as (url, _):
            assert failure(f"{url}/simple/", file, folder).code == "refused"


def test_a_proxy_is_used(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    """Asked for the whole address, as a proxy is."""
    content = (remote.folder / file.file).read_bytes()
    pages = {
        "http://packages.invalid/simple/some-thing/": (200, HTML, f'<a href="/f/{file.file}">x</a>'.encode()),
        f"http://packages.invalid/f/{file.file}": (200, {}, content),
    }
    with answering(pages) as (url, asked), network("http://packages.invalid/simple/", None, url) as made:
        assert fetch(made, file, folder).read_bytes() == content
        assert len(asked) == 2


def test_a_proxy_that_is_not_there_is_told(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    error = failure("http://packages.invalid/simple/", file, folder, "http://127.0.0.1:9")
    assert (error.code, error.message) == ("proxy", "The proxy cannot be reached.")
    with answering({"http://packages.invalid/simple/some-thing/": (407, {"Proxy-Authenticate": "Basic"}, b"")}) as (
        url,
        _,
    ):
        assert failure("http://packages.invalid/simple/", file, folder, url).code == "proxy"


@pytest.mark.parametrize("typed", ["host", "ftp://host:1", "http://", "socks4://host:1"])
def test_what_is_no_proxy_is_told(typed: str) -> None:
    with pytest.raises(UsageError, match="proxy"):
        read_proxy(typed)


@pytest.mark.parametrize(
    ("typed", "host", "port"), [("http://a", "a", 8080), ("socks5://b", "b", 1080), ("https://u:p@c:3128", "c", 3128)]
)
def test_a_proxy_is_taken_as_it_was_meant(typed: str, host: str, port: int) -> None:
    proxy = read_proxy(typed)
    assert proxy is not None
    assert (proxy.hostName(), proxy.port()) == (host, port)
    assert read_proxy(None) is read_proxy(" ") is None


def test_an_archive_at_a_full_address_is_not_looked_up(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    url = remote.url.replace("/simple/", f"/files/{file.file}")
    archive = ManagedPython("python", "3.12", "python.tar.gz", file.sha256, file.size, "linux-x86_64", url)
    with network("http://127.0.0.1:9/simple/") as made:
        assert fetch(made, archive, folder) == folder / "python.tar.gz"


def test_a_failed_download_holds_on_to_nothing(remote: PackageIndex, file: LockedFile, folder: Path) -> None:
    """Twenty in a row leave no timers, loops or connections that a later event could meet."""
    for _ in range(20):
        remote.mood = ["gone"]
        failure(remote.url, file, folder)
    with network(remote.url) as made:
        fetch(made, file, folder)
