# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP in the setup's thread: requests that wait, that can be cancelled, and that follow only safe redirects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urljoin, urlsplit

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore, QtNetwork

from .index import Index, host_of, may_follow
from .job import Job
from .proxy import proxy_for, read_proxy

__all__ = ["Answer", "BrokenError", "Network", "Times"]

_REDIRECTS = 5
_LOOK_MS = 100
"""Between two looks whether it was cancelled or has stalled."""


@dataclass(frozen=True)
class Times:
    """Seconds. stall: without a byte, after which a connection is given up; retries: waited before each new try."""

    stall: float = 30.0
    retries: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)


class BrokenError(Exception):
    """It went wrong on the way, and may go well a moment later; ``error`` says it to a person."""

    def __init__(self, error: NurieError) -> None:
        super().__init__(str(error))
        self.error = error


class Answer:
    """An answer whose head has come. status: 200, 206, or 416 (the range is not there); url: where it came from."""

    def __init__(self, network: Network, reply: QtNetwork.QNetworkReply, url: str) -> None:
        self._network = network
        self._reply = reply
        self.url = url
        self.status = _status(reply)

    def header(self, name: str) -> str:
        """Empty where there is none."""
        return self._reply.rawHeader(QtCore.QByteArray(name.encode())).data().decode("latin-1")

    def pieces(self) -> Iterator[bytes]:
        """Its bytes as they come. BrokenError where they end early, Cancelled."""
        while True:
            data = self._reply.readAll().data()
            if data:
                yield data
            elif self._reply.isFinished():
                break
            else:
                self._network.pause(self._reply)
        if self._reply.error() != QtNetwork.QNetworkReply.NetworkError.NoError:
            raise BrokenError(_lost(self._reply, self.url, self._network.distrust))

    def close(self) -> None:
        """Qt's half goes with the network's: see there."""
        self._reply.abort()


class Network:
    """To be made, used and closed in one thread.

    No reply is deleted before ``close``. PyQt hears of the end of an object of Qt's on the GUI thread, perhaps much
    later, and then takes a new reply that lies at the same address for the one that is gone.
    """

    def __init__(self, job: Job, index: Index, proxy: str | None = None, times: Times | None = None) -> None:
        self.job = job
        self.index = index
        self.times = times or Times()
        self._proxy = read_proxy(proxy)
        self._manager = QtNetwork.QNetworkAccessManager()
        self.distrust = ""
        """What is wrong with the certificate of who was asked last, empty for nothing."""

    def close(self) -> None:
        """Let go of all connections; Qt's half goes with the thread, whoever holds this object."""
        self._manager.deleteLater()

    def read(self, url: str, headers: Mapping[str, str], limit: int) -> tuple[bytes, str, str]:
        """A whole answer of at most so many bytes, its Content-Type, and where it came from."""
        answer = self.open(url, headers)
        try:
            body = bytearray()
            for piece in answer.pieces():
                body += piece
                if len(body) > limit:
                    raise NurieError(
                        tr("What {host} answers is no package index.", host=host_of(url)),
                        tr("Check the package index in the settings."),
                        code="no_index",
                    )
            return bytes(body), answer.header("Content-Type"), answer.url
        finally:
            answer.close()

    def open(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask, and wait for the answer's head. BrokenError; NurieError where another try would change nothing."""
        for _ in range(_REDIRECTS + 1):
            reply = self._send(url, headers)
            try:
                while not reply.isFinished() and not reply.bytesAvailable():
                    self.pause(reply)
                status = _status(reply)
                if status in (200, 206, 416):
                    return Answer(self, reply, url)
                if status not in (301, 302, 303, 307, 308):
                    raise _refusal(reply, status, url, self.distrust)
                target = urljoin(url, reply.rawHeader(QtCore.QByteArray(b"Location")).data().decode("latin-1"))
            except BaseException:
                reply.abort()
                raise
            if not may_follow(url, target):
                raise NurieError(
                    tr("{host} leads to {other}, without a safe connection.", host=host_of(url), other=host_of(target)),
                    tr("Check the package index in the settings."),
                    code="unsafe_redirect",
                )
            url = target
        raise NurieError(
            tr("{host} leads from one address to the next without end.", host=host_of(url)),
            tr("Check the package index in the settings."),
            code="unsafe_redirect",
        )

    def pause(self, reply: QtNetwork.QNetworkReply) -> None:
        """Until something comes. Cancelled; BrokenError after too long."""
        loop = QtCore.QEventLoop()
        timer = QtCore.QTimer()
        timer.setInterval(_LOOK_MS)
        timer.timeout.connect(loop.quit)
        reply.readyRead.connect(loop.quit)
        reply.finished.connect(loop.quit)
        timer.start()
        deadline = time.monotonic() + self.times.stall
        try:
            while not reply.isFinished() and not reply.bytesAvailable():
                self.job.check()
                if time.monotonic() > deadline:
                    reason = tr("nothing came for {seconds} s", seconds=f"{self.times.stall:g}")
                    raise BrokenError(_offline(host_of(reply.url().toString()), reason))
                loop.exec()
        finally:
            timer.stop()
            reply.readyRead.disconnect(loop.quit)
            reply.finished.disconnect(loop.quit)

    def _send(self, url: str, headers: Mapping[str, str]) -> QtNetwork.QNetworkReply:
        request = QtNetwork.QNetworkRequest(QtCore.QUrl(url))
        manual = QtNetwork.QNetworkRequest.RedirectPolicy.ManualRedirectPolicy
        attribute = QtNetwork.QNetworkRequest.Attribute
        # Qt wants the number, PyQt6 has an enum.
        request.setAttribute(attribute.RedirectPolicyAttribute, getattr(manual, "value", manual))
        request.setAttribute(attribute.Http2AllowedAttribute, False)  # one file at a time gains nothing from it
        authorization = self.index.authorization(url)
        for name, value in {**headers, **({"Authorization": authorization} if authorization else {})}.items():
            request.setRawHeader(QtCore.QByteArray(name.encode()), QtCore.QByteArray(value.encode("latin-1")))
        self._manager.setProxy(proxy_for(url, self._proxy))
        self.distrust = ""
        reply = cast("QtNetwork.QNetworkReply", self._manager.get(request))
        reply.sslErrors.connect(self._hear_distrust)
        return reply

    def _hear_distrust(self, errors: Iterable[QtNetwork.QSslError]) -> None:
        """Qt 5 tells it nowhere else."""
        self.distrust = next((error.errorString().strip().rstrip(".") for error in errors), "")


def _status(reply: QtNetwork.QNetworkReply) -> int:
    return int(reply.attribute(QtNetwork.QNetworkRequest.Attribute.HttpStatusCodeAttribute) or 0)


def _refusal(reply: QtNetwork.QNetworkReply, status: int, url: str, distrust: str) -> Exception:
    """No good answer came."""
    host = host_of(url)
    name = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    if status in (404, 410):
        return NurieError(
            tr("{host} does not have {name}.", host=host, name=name),
            tr("Choose another package index in the settings, or install from a folder of wheels."),
            code="not_found",
        )
    if status == 407 or reply.error() == QtNetwork.QNetworkReply.NetworkError.ProxyAuthenticationRequiredError:
        return NurieError(
            tr("The proxy asks for a name and a password."), tr("Check the proxy in the settings."), code="proxy"
        )
    if status in (401, 403):
        return NurieError(
            tr("{host} refuses to give {name}.", host=host, name=name),
            tr("Check the package index in the settings."),
            code="refused",
        )
    if status:
        return BrokenError(_offline(host, tr("it answers with the error {status}", status=status)))
    error = _lost(reply, url, distrust)
    return error if error.code in ("untrusted", "proxy") else BrokenError(error)


def _lost(reply: QtNetwork.QNetworkReply, url: str, distrust: str) -> NurieError:
    """What went wrong below HTTP."""
    kinds, kind = QtNetwork.QNetworkReply.NetworkError, reply.error()
    # Qt's own words name the whole address where it knows no better.
    reason = reply.errorString().replace(url, host_of(url)).strip().rstrip(".")
    if kind == kinds.SslHandshakeFailedError:
        why = distrust or reason
        return NurieError(
            tr("No safe connection to {host}: {reason}.", host=host_of(url), reason=why),
            tr("Check the clock and the network of this computer."),
            code="untrusted",
        )
    # Qt 5 says of a proxy that refuses what it says of a host that does.
    manager = reply.manager()
    proxied = manager is not None and manager.proxy().type() != QtNetwork.QNetworkProxy.ProxyType.NoProxy
    nobody = proxied and kind in (kinds.ConnectionRefusedError, kinds.HostNotFoundError)
    if nobody or kind in (kinds.ProxyConnectionRefusedError, kinds.ProxyNotFoundError):
        return NurieError(tr("The proxy cannot be reached."), tr("Check the proxy in the settings."), code="proxy")
    return _offline(host_of(url), reason)


def _offline(host: str, reason: str) -> NurieError:
    return NurieError(
        tr("The connection to {host} failed: {reason}.", host=host, reason=reason),
        tr("Check the network, and try again: it goes on where it stopped."),
        code="offline",
    )
