# SPDX-License-Identifier: GPL-3.0-or-later
"""A file's way to a server on this computer, by a thread of its own.

Qt's network asks the GUI thread for every 16 KiB of a request's body, so a megabyte takes sixty rounds of its event
loop: five seconds where drawing a window takes 80 ms. Ended like any other ``Exchange``: once, with one typed sentence.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Callable, Mapping
from typing import Any

from .exchange import MANY_BYTES, Failed, garbage, read_object, refusal, silent, unreachable
from .protocol import NurieError
from .qt import QtCore
from .work import in_thread

__all__ = ["Delivery"]

_SLOWEST = 4e6
"""Bytes a second that any server on the same computer takes."""


class Delivery(QtCore.QObject):
    """One PUT to ``url``, http on this computer: ``then`` gets the JSON answer, or ``failed`` what went wrong."""

    def __init__(
        self,
        url: QtCore.QUrl,
        headers: Mapping[str, str],
        data: bytes,
        seconds: float,
        then: Callable[[dict[str, Any]], None],
        failed: Failed,
        parent: QtCore.QObject,
    ) -> None:
        super().__init__(parent)
        self._then = then
        self._failed = failed
        self._where, self._seconds = url.authority(), seconds
        self._connection = http.client.HTTPConnection(url.host(), url.port(80), timeout=seconds)
        self._silence = QtCore.QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.timeout.connect(self._on_silence)
        self._silence.start(round((seconds + len(data) / _SLOWEST) * 1000))
        path = url.path()
        self._task = in_thread(lambda: self._send(path, headers, data), self._on_answer, self._on_failed)

    def abort(self) -> None:
        """Lose interest; the connection is closed."""
        self._silence.stop()
        self._task.forget()
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # the thread's wait ends
        self.deleteLater()

    def _send(self, path: str, headers: Mapping[str, str], data: bytes) -> tuple[int, bytes]:
        """In the thread: the answer's status and body."""
        connection = self._connection
        try:
            connection.connect()
            # A server may refuse a body before it has read it, and say why.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request("PUT", path, data, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(MANY_BYTES)
        except TimeoutError:
            raise silent(self._seconds) from None
        except OSError as error:
            raise unreachable(self._where, error.strerror or type(error).__name__) from None
        except http.client.HTTPException as error:
            cut = isinstance(error, (http.client.RemoteDisconnected, http.client.IncompleteRead))
            raise (unreachable(self._where, str(error)) if cut else garbage(self._where)) from None
        finally:
            connection.close()

    def _on_answer(self, answered: tuple[int, bytes]) -> None:
        self._silence.stop()
        status, body = answered
        answer = read_object(body)
        if not 200 <= status < 300:
            self._on_failed(refusal(status, body, self._where))
        elif answer is None:
            self._on_failed(garbage(self._where))
        else:
            self.deleteLater()
            self._then(answer)

    def _on_silence(self) -> None:
        """Whatever little comes now and then: the whole answer has to be there in time."""
        self.abort()
        self._failed(silent(self._seconds))

    def _on_failed(self, error: NurieError) -> None:
        self._silence.stop()
        self.deleteLater()
        self._failed(error)
