# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's calls over Qt's network, on the GUI thread without ever blocking it."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

from .delivery import Delivery
from .exchange import Call, EventStream, Failed
from .i18n import tr
from .patience import Patience
from .protocol import JobRequest, UsageError
from .qt import QtCore, QtNetwork
from .sse import Event

__all__ = ["Client", "parse_address"]

_Request = QtNetwork.QNetworkRequest
_TOKEN = re.compile(r"[!-~]{1,256}")
_LARGEST_RESULT = 512 << 20
"""Bytes; 8000 x 8000 px of noise take half of it."""

Answered = Callable[[dict[str, Any]], None]


class Client(QtCore.QObject):
    """One server by address and token.

    Each call gives an ``Exchange`` at once; its answer comes later through ``then``, or what went wrong through
    ``failed``, exactly one of them. known: digests of the images that this server has.
    """

    def __init__(
        self, address: str, token: str, patience: Patience | None = None, parent: QtCore.QObject | None = None
    ) -> None:
        """UsageError for an address that is none or that would send the token through a network unprotected, and for a
        token that is none."""
        super().__init__(parent)
        self.address = parse_address(address)
        if _TOKEN.fullmatch(token) is None:
            raise UsageError(tr("The token is missing or damaged."), tr("Enter the backend's token in the settings."))
        self.known: set[str] = set()
        self._token = token
        self._patience = patience or Patience()
        self._network = QtNetwork.QNetworkAccessManager(self)
        if is_loopback(self.address.host()):
            self._network.setProxy(QtNetwork.QNetworkProxy(QtNetwork.QNetworkProxy.ProxyType.NoProxy))

    def close(self) -> None:
        """Drop everything that is under way, and the client itself; nobody is called any more."""
        for exchange in self.findChildren(Call) + self.findChildren(EventStream) + self.findChildren(Delivery):
            exchange.abort()
        self.deleteLater()

    def health(self, then: Answered, failed: Failed) -> Call:
        """Whether it lives."""
        reply = self._network.get(self._request("/health"))
        return self._call(reply, then, failed, self._patience.health)

    def info(self, then: Answered, failed: Failed) -> Call:
        """What it is and can do."""
        return self._call(self._network.get(self._request("/v1/info")), then, failed)

    def put_image(self, digest: str, data: bytes, then: Answered, failed: Failed) -> Call | Delivery:
        """Send a PNG or JPEG file; it is ``known`` from then on."""

        def stored(answer: dict[str, Any]) -> None:
            self.known.add(digest)
            then(answer)

        request = self._request(f"/v1/images/{digest}", kind="application/octet-stream")
        url = request.url()
        if url.scheme() == "http":  # on this computer, see ``parse_address``
            names = [name.data() for name in request.rawHeaderList()]
            headers = {name.decode(): request.rawHeader(name).data().decode() for name in names}
            return Delivery(url, headers, data, self._patience.answer, stored, failed, self)
        return self._call(self._network.put(request, QtCore.QByteArray(data)), stored, failed)

    def post_job(self, job: JobRequest, then: Answered, failed: Failed) -> Call:
        """Let a job wait; the same again under the same id is the same job."""
        body = json.dumps(job.to_dict(), allow_nan=False).encode()
        request = self._request("/v1/jobs", kind="application/json")
        return self._call(self._network.post(request, QtCore.QByteArray(body)), then, failed)

    def delete_job(self, job: str) -> None:
        """Cancel a job, whatever comes of it."""
        reply = self._network.deleteResource(self._request(f"/v1/jobs/{job}"))
        self._call(reply, lambda answer: None, lambda error: None)

    def withdraw(self, job: str, posting: Call | None = None) -> None:
        """Cancel a job, also one that ``posting`` is only just bringing there."""
        if posting is None:
            self.delete_job(job)
        else:
            posting.redirect(lambda answer: self.delete_job(job), lambda error: self.delete_job(job))

    def result(self, job: str, part: str, then: Callable[[bytes], None], failed: Failed) -> Call:
        """A part of a job that is done: its colours, or one more, as a file."""
        reply = self._network.get(self._request(f"/v1/jobs/{job}/result?part={part}"))
        seconds = self._patience.result
        return Call(reply, seconds, then, failed, self, raw=True, limit=_LARGEST_RESULT)

    def events(self, job: str, after: int, event: Callable[[Event], None], failed: Failed) -> EventStream:
        """What a job tells, from the event after number ``after`` on."""
        request = self._request(f"/v1/jobs/{job}/events")
        request.setRawHeader(b"Accept", b"text/event-stream")
        if after:
            request.setRawHeader(b"Last-Event-ID", str(after).encode())
        return EventStream(self._network.get(request), self._patience.silence, event, failed, self)

    def _call(
        self, reply: QtNetwork.QNetworkReply | None, then: Answered, failed: Failed, seconds: float | None = None
    ) -> Call:
        return Call(reply, self._patience.answer if seconds is None else seconds, then, failed, self)

    def _request(self, path: str, kind: str | None = None) -> QtNetwork.QNetworkRequest:
        url = QtCore.QUrl(self.address)
        path, _, query = path.partition("?")
        url.setPath(self.address.path().rstrip("/") + path)
        if query:
            url.setQuery(query)
        request = _Request(url)
        request.setRawHeader(b"Authorization", b"Bearer " + self._token.encode("ascii"))
        # Unasked for, nothing is unpacked, and nothing small becomes large.
        request.setRawHeader(b"Accept-Encoding", b"identity")
        if kind is not None:
            request.setHeader(_Request.KnownHeaders.ContentTypeHeader, kind)
        # The token goes to this address and to no other.
        for attribute, choice in (
            (_Request.Attribute.RedirectPolicyAttribute, _Request.RedirectPolicy.ManualRedirectPolicy),
            (_Request.Attribute.CacheLoadControlAttribute, _Request.CacheLoadControl.AlwaysNetwork),
            (_Request.Attribute.CookieLoadControlAttribute, _Request.LoadControl.Manual),
            (_Request.Attribute.CookieSaveControlAttribute, _Request.LoadControl.Manual),
        ):
            request.setAttribute(attribute, getattr(choice, "value", choice))  # Qt wants the number, PyQt6 has an enum
        return request


def parse_address(text: str) -> QtCore.QUrl:
    """``https://host:port``, or ``http`` on this computer. UsageError for anything else."""
    url = QtCore.QUrl(text.strip(), QtCore.QUrl.ParsingMode.StrictMode)
    if not url.isValid() or url.scheme() not in ("http", "https") or not url.host() or url.userInfo():
        raise UsageError(
            tr("{address} is not the address of a backend.", address=text.strip() or "–"),
            tr("It looks like https://example.org:8765."),
        )
    if url.scheme() == "http" and not is_loopback(url.host()):
        raise UsageError(
            tr("Without encryption, everybody between here and {host} could read your drawings.", host=url.host()),
            tr("Use an address that begins with https."),
        )
    return url.adjusted(QtCore.QUrl.UrlFormattingOption.RemoveQuery | QtCore.QUrl.UrlFormattingOption.RemoveFragment)


def is_loopback(host: str) -> bool:
    """Whether a host is this computer by its name or number."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
