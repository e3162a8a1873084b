"""Who may come in: only a client that names this very address, carries the token, and is no web page.

A page in the artist's own browser can reach loopback. It can send simple requests anywhere (CSRF: ComfyUI,
CVE-2024-10481), and after its name was bound to 127.0.0.1 it can read the answers too (DNS rebinding: Ollama,
CVE-2024-28224). Browsers tell on themselves, by Origin and Sec-Fetch-Site, and by the rebound name in Host.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nurie.protocol import NurieError
from nurie.server.responses import error_response

__all__ = ["Guard"]

_OPEN = frozenset({"/health"})
_LOOPBACK = ("127.", "::1")
_BROWSER = (b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"access-control-request-method")
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Guard:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, token: str, names: Iterable[str] = ()) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()
        self._names = tuple(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"no {scope['type']} here")

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _HEADERS if pair[0] not in sent)]
            await send(message)

        try:
            self._check(scope)
        except NurieError as error:
            await error_response(error)(scope, receive, sealed)
            return
        await self._app(scope, receive, sealed)

    def _check(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or hosts[0].decode("latin-1").lower() not in self._allowed(scope):
            raise NurieError("This server does not answer to that host name.", code="wrong_host")
        if any(name in _BROWSER for name, _ in headers):
            raise NurieError("Web pages may not use this server.", code="forbidden")
        if scope["path"] in _OPEN:
            return
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1 or not hmac.compare_digest(given[0], self._expected):
            raise NurieError(
                "The token is missing or wrong.", "Start the server from this program.", code="unauthorized"
            )

    def _allowed(self, scope: Scope) -> set[str]:
        """The address that the connection really came to, by number and by every name it has, always with its port."""
        address, port = scope["server"]
        local = ("localhost",) if address.startswith(_LOOPBACK) else ()
        return {f"{name}:{port}" for name in (address if ":" not in address else f"[{address}]", *local, *self._names)}
