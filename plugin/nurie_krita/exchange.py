# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request and its answer: ends exactly once, with what was asked for or with one typed sentence, in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from .i18n import tr
from .protocol import NurieError
from .qt import QtCore, QtNetwork
from .sse import Event, Parser, TooLongError

__all__ = [
    "BROKEN",
    "MANY_BYTES",
    "Call",
    "EventStream",
    "Exchange",
    "garbage",
    "read_error",
    "read_object",
    "refusal",
    "silent",
    "unreachable",
]

BROKEN = frozenset({"unreachable", "silent", "cut", "request_timeout"})
"""Codes of what went wrong on the way: the same request may succeed a moment later."""

MANY_BYTES = 1 << 20
"""More than any answer in JSON has."""
_LONGEST_SENTENCE = 1000

Failed = Callable[[NurieError], None]


class Exchange(QtCore.QObject):
    """Owns a reply. ``failed`` is called at most once, and never after ``abort``; the object deletes itself."""

    def __init__(
        self, sent: QtNetwork.QNetworkReply | None, seconds: float, failed: Failed, parent: QtCore.QObject
    ) -> None:
        super().__init__(parent)
        reply = cast("QtNetwork.QNetworkReply", sent)  # Qt gives one always, PyQt's types do not know it
        self.ended = False
        self._failed = failed
        self._reply = reply
        self._seconds = seconds
        self._trust: str = ""
        self._silence = QtCore.QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.timeout.connect(self._on_silence)
        self._alive()
        reply.setParent(self)
        reply.uploadProgress.connect(self._alive)
        reply.readyRead.connect(self._on_bytes)
        reply.sslErrors.connect(self._on_distrust)
        reply.finished.connect(self._on_finished)

    def abort(self) -> None:
        """Lose interest; the connection is closed."""
        if self._end():
            self._reply.abort()

    def _take(self, data: bytes) -> None:
        """Some bytes of a good answer."""
        raise NotImplementedError

    def _finish(self) -> None:
        """The good answer is complete."""
        raise NotImplementedError

    @property
    def status(self) -> int:
        """The HTTP status; 0 before there is one."""
        return int(self._reply.attribute(QtNetwork.QNetworkRequest.Attribute.HttpStatusCodeAttribute) or 0)

    def _alive(self) -> None:
        if not self.ended:
            self._silence.start(round(self._seconds * 1000))

    def _end(self) -> bool:
        if self.ended:
            return False
        self.ended = True
        self._silence.stop()
        self.deleteLater()
        return True

    def _fail(self, error: NurieError) -> None:
        if self._end():
            self._reply.abort()
            self._failed(error)

    def _on_silence(self) -> None:
        self._fail(silent(self._seconds))

    def _on_distrust(self, errors: list[QtNetwork.QSslError]) -> None:
        self._trust = "; ".join(dict.fromkeys(error.errorString().rstrip(".") for error in errors))

    def _on_bytes(self) -> None:
        if self.ended:
            return
        if 200 <= self.status < 300:
            self._take(self._reply.readAll().data())
        elif self._reply.bytesAvailable() > MANY_BYTES:
            self._fail(garbage(self._where()))

    def _on_finished(self) -> None:
        if self.ended:
            return
        reply, status = self._reply, self.status
        if status == 0 or (200 <= status < 300 and reply.error() != QtNetwork.QNetworkReply.NetworkError.NoError):
            self._fail(self._broken())
        elif not 200 <= status < 300:
            self._fail(refusal(status, reply.readAll().data(), self._where()))
        else:
            if reply.bytesAvailable():
                self._on_bytes()
            if not self.ended:
                self._finish()

    def _broken(self) -> NurieError:
        """What went wrong below HTTP."""
        error, host = self._reply.error(), self._where()
        if self._trust or error == QtNetwork.QNetworkReply.NetworkError.SslHandshakeFailedError:
            return NurieError(
                tr("No safe connection to {host}: {reason}.", host=host, reason=self._trust or self._reason()),
                tr("Check the address, or give that server a certificate which this computer trusts."),
                code="untrusted",
            )
        if error == QtNetwork.QNetworkReply.NetworkError.ProtocolFailure:
            return garbage(host)
        return unreachable(host, self._reason())

    def _reason(self) -> str:
        return self._reply.errorString().strip().rstrip(".")

    def _where(self) -> str:
        return self._reply.url().authority()


class Call(Exchange):
    """A request with one answer, of at most ``limit`` bytes: ``then`` gets it, read as JSON unless ``raw``.

    Each byte of a raw answer wins time; JSON has to be complete in time.
    """

    def __init__(
        self,
        reply: QtNetwork.QNetworkReply | None,
        seconds: float,
        then: Callable[[Any], None],
        failed: Failed,
        parent: QtCore.QObject,
        *,
        raw: bool = False,
        limit: int = MANY_BYTES,
    ) -> None:
        self._then = then
        self._raw = raw
        self._limit = limit
        self._body = bytearray()
        super().__init__(reply, seconds, failed, parent)

    def redirect(self, then: Callable[[Any], None], failed: Failed) -> None:
        """Let it run to its end for somebody else."""
        self._then, self._failed = then, failed

    def _take(self, data: bytes) -> None:
        if self._raw:
            self._alive()
        self._body += data
        if len(self._body) > self._limit:
            self._fail(garbage(self._where()))

    def _finish(self) -> None:
        answer: Any = bytes(self._body)
        if not self._raw:
            answer = read_object(answer)
            if answer is None:
                self._fail(garbage(self._where()))
                return
        if self._end():
            self._then(answer)


class EventStream(Exchange):
    """Server-sent events, one after the other, until ``failed`` (code ``cut`` where it just ended) or ``abort``.

    Each line wins time: a server that has nothing to say sends a comment now and then.
    """

    def __init__(
        self,
        reply: QtNetwork.QNetworkReply | None,
        seconds: float,
        event: Callable[[Event], None],
        failed: Failed,
        parent: QtCore.QObject,
    ) -> None:
        self._event = event
        self._parser = Parser()
        super().__init__(reply, seconds, failed, parent)

    def _take(self, data: bytes) -> None:
        kind = self._reply.header(QtNetwork.QNetworkRequest.KnownHeaders.ContentTypeHeader)
        if not str(kind).startswith("text/event-stream"):
            self._fail(garbage(self._where()))
            return
        if b"\n" in data:
            self._alive()
        try:
            events = self._parser.feed(data)
        except TooLongError:
            self._fail(garbage(self._where()))
            return
        for event in events:
            if not self.ended:
                self._event(event)

    def _finish(self) -> None:
        self._fail(self._cut())

    def _broken(self) -> NurieError:
        error = super()._broken()
        return self._cut() if self.status and error.code == "unreachable" else error

    def _cut(self) -> NurieError:
        return NurieError(tr("The connection to the backend was cut."), tr("Color the drawing again."), code="cut")


def silent(seconds: float) -> NurieError:
    """No answer in time."""
    return NurieError(
        tr("The backend gave no answer within {seconds} s.", seconds=f"{seconds:g}"),
        tr("Try again; restart the backend if it happens again."),
        code="silent",
    )


def unreachable(host: str, reason: str) -> NurieError:
    """Something went wrong below HTTP."""
    return NurieError(
        tr("The backend at {host} cannot be reached: {reason}.", host=host, reason=reason),
        tr("See whether it is running, and try again."),
        code="unreachable",
    )


def garbage(host: str) -> NurieError:
    """Somebody answered who is not Nurie."""
    return NurieError(
        tr("What answers at {host} is not Nurie's backend.", host=host),
        tr("Check the address in the settings, or restart the backend."),
        code="garbage",
    )


def read_object(data: bytes) -> dict[str, Any] | None:
    """An object in JSON; None for anything else."""
    try:
        found = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def refusal(status: int, body: bytes, host: str) -> NurieError:
    """The server's own sentence for a status that is none of success; ours where it has none that we know."""
    if status == 401:
        return NurieError(
            tr("The backend at {host} refuses the token.", host=host),
            tr("Enter the token of that backend in the settings."),
            code="unauthorized",
        )
    answer = read_object(body) or {}
    return read_error(answer.get("error")) or garbage(host)


def read_error(error: object) -> NurieError | None:
    """The contract's error object; None for anything else."""
    if not isinstance(error, dict):
        return None
    code, message, advice = (error.get(name, "") for name in ("code", "message", "advice"))
    if not (isinstance(code, str) and code and isinstance(message, str) and message and isinstance(advice, str)):
        return None
    return NurieError(message[:_LONGEST_SENTENCE], advice[:_LONGEST_SENTENCE], code=code[:80])
