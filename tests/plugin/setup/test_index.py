"""Package indexes: addresses that people type, pages in both forms, and who is told a password."""

from __future__ import annotations

import json

import pytest

from nurie_krita.protocol import UsageError
from nurie_krita.setup.index import PYPI, address_of, host_of, may_follow, read_index

PAGE = "https://host/simple/numpy/"
FILE = "numpy-2.0-cp311-cp311-manylinux_2_28_x86_64.whl"


def page(*links: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{''.join(links)}</body></html>".encode()


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (None, PYPI),
        ("", PYPI),
        (" https://host/simple ", "https://host/simple/"),
        ("https://host/simple/", "https://host/simple/"),
        ("http://host:8080", "http://host:8080/"),
        ("https://me:secret@host/root/", "https://host/root/"),
        ("https://host/simple/?x=1#y", "https://host/simple/"),
    ],
)
def test_an_address_is_taken_as_it_was_meant(typed: str | None, url: str) -> None:
    index = read_index(typed)
    assert index.url == url
    assert index.project("Some_Thing.else") == f"{url}some-thing-else/"


@pytest.mark.parametrize("typed", ["host/simple", "ftp://host/", "https://", "https://host:port/", "file:///x"])
def test_what_is_no_address_is_told(typed: str) -> None:
    with pytest.raises(UsageError, match="package index"):
        read_index(typed)


def test_a_password_is_told_to_its_own_host_only_and_never_shown() -> None:
    index = read_index("https://me:s%40cret@host:8443/simple")
    assert index.authorization("https://host:8443/files/x.whl") == "Basic bWU6c0BjcmV0"
    for other in ("https://host/x", "http://host:8443/x", "https://evil/x", "https://host:8443.evil/x"):
        assert index.authorization(other) is None
    assert "cret" not in repr(index)
    assert "cret" not in index.url
    assert host_of("https://me:secret@host:1/x") == "host:1"
    assert read_index("https://host/").authorization("https://host/x") is None


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (f"../../files/{FILE}", f"https://host/files/{FILE}"),
        (f"/files/{FILE}#sha256=00", f"https://host/files/{FILE}"),
        (f"//cdn/{FILE}", f"https://cdn/{FILE}"),
        (f"https://cdn/a/{FILE}?token=1#x", f"https://cdn/a/{FILE}?token=1"),
        (f"{FILE}", f"{PAGE}{FILE}"),
        (f"javascript:/{FILE}", None),
        (f"file:///{FILE}", None),
        ("other.whl", None),
    ],
)
def test_both_forms_of_a_page_lead_to_a_file(link: str, found: str | None) -> None:
    html = page('<a href="earlier.whl">earlier.whl</a>', f'<a data-x="1" href="{link}">a name</a>')
    assert address_of(FILE, html, "text/html; charset=utf-8", PAGE) == found
    name = FILE if FILE in link else "other.whl"
    said = json.dumps({"files": [{"filename": "a", "url": "b"}, {"filename": name, "url": link}]})
    assert address_of(FILE, said.encode(), "application/vnd.pypi.simple.v1+json", PAGE) == found


def test_links_are_relative_to_what_the_page_says_and_may_be_escaped() -> None:
    escaped = FILE.replace("_", "%5F")
    html = page(f'<a href="files/{escaped}">x</a>', head='<base href="https://mirror/base/">')
    assert address_of(FILE, html, "text/html", PAGE) == f"https://mirror/base/files/{escaped}"


@pytest.mark.parametrize("answer", [b"", b"no", b"[]", b"{}", b'{"files": 5}', b'{"files": [{}]}', b"\xff"])
def test_json_that_is_no_page_is_told(answer: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whichever kind
        address_of(FILE, answer, "application/json", PAGE)


def test_html_that_is_no_page_has_no_files() -> None:
    for answer in (b"", b"\xff\xfe", b"<a href>", b"<<<>>", b"<a href=''>x</a>"):
        assert address_of(FILE, answer, "text/html", PAGE) is None


@pytest.mark.parametrize(
    ("url", "target", "allowed"),
    [
        ("https://a/x", "https://b/y", True),
        ("http://a/x", "https://b/y", True),
        ("http://a/x", "http://a/y", True),
        ("http://a/x", "http://b/y", False),
        ("http://a/x", "http://a:81/y", False),
        ("https://a/x", "http://a/y", False),
        ("https://a/x", "file:///etc/passwd", False),
        ("https://a/x", "", False),
    ],
)
def test_redirects_are_followed_safely_or_not_at_all(url: str, target: str, *, allowed: bool) -> None:
    assert may_follow(url, target) == allowed
