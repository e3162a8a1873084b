# SPDX-License-Identifier: GPL-3.0-or-later
"""A package index (the simple API, as JSON or HTML): from a project's page to the address of a file. Pure."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from nurie_krita.i18n import tr
from nurie_krita.protocol import UsageError

__all__ = ["ACCEPT", "PYPI", "Index", "address_of", "host_of", "may_follow", "read_index"]

PYPI = "https://pypi.org/simple/"
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


class Index:
    """An index. url: with a slash at its end, and without name and password, which are sent to its own host only."""

    def __init__(self, url: str, host: str, authorization: str | None) -> None:
        self.url = url
        self._host = host
        self._authorization = authorization

    def project(self, name: str) -> str:
        """Address of a project's page (names as PEP 503 writes them)."""
        return urljoin(self.url, re.sub(r"[-_.]+", "-", name).lower() + "/")

    def authorization(self, url: str) -> str | None:
        """What to say to be let in there, None for anybody else's host."""
        parts = urlsplit(url)
        same = (parts.scheme, parts.netloc) == (urlsplit(self.url).scheme, self._host)
        return self._authorization if same else None

    def __repr__(self) -> str:
        return f"Index({self.url!r})"


def read_index(address: str | None) -> Index:
    """The index at an address that somebody typed, the public one for None. UsageError for what is no address."""
    text = (address or PYPI).strip()
    parts = urlsplit(text)
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(
            tr("The address of the package index is none."), tr("It begins with https://, and ends with /simple/.")
        )
    user, _, netloc = parts.netloc.rpartition("@")
    secret = unquote(user).encode()
    authorization = f"Basic {base64.b64encode(secret).decode()}" if user else None
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    return Index(urlunsplit((parts.scheme, netloc, path, "", "")), netloc, authorization)


def host_of(url: str) -> str:
    """For a sentence: no name, no password, no path."""
    return urlsplit(url).netloc.rpartition("@")[2]


def may_follow(url: str, target: str) -> bool:
    """Whether a redirect may be followed: to a safe connection, or within the same host."""
    ours, theirs = urlsplit(url), urlsplit(target)
    if theirs.scheme == "https":
        return True
    return theirs.scheme == ours.scheme and theirs.netloc == ours.netloc


def address_of(file: str, answer: bytes, kind: str, url: str) -> str | None:
    """Where a file is, as the project's page at ``url`` says; None if it does not know it.

    kind: the answer's Content-Type. ValueError for a page that is none.
    """
    links = _json_links(answer) if "json" in kind.lower() else _html_links(answer)
    for name, link, base in links:
        if name == file:
            found = urldefrag(urljoin(urljoin(url, base), link)).url
            return found if urlsplit(found).scheme in ("http", "https") else None
    return None


def _json_links(answer: bytes) -> list[tuple[str, str, str]]:
    try:
        files = json.loads(answer)["files"]
        return [(str(entry["filename"]), str(entry["url"]), "") for entry in files]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no project page") from error


def _html_links(answer: bytes) -> list[tuple[str, str, str]]:
    reader = _Links()
    reader.feed(answer.decode("utf-8", errors="replace"))
    return [(unquote(urlsplit(link).path.rpartition("/")[2]), link, reader.base) for link in reader.links]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(attrs).get("href")
        if link and tag == "a":
            self.links.append(link)
        elif link and tag == "base" and not self.base:
            self.base = link
