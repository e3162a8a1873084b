# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy a request goes through: the one in the settings, else the system's, else that of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from nurie_krita.i18n import tr
from nurie_krita.protocol import UsageError
from nurie_krita.qt import QtCore, QtNetwork

__all__ = ["named_proxy", "proxy_for", "read_proxy"]

_LOCAL = ("127.0.0.1", "localhost", "::1")
_KINDS = {
    "http": QtNetwork.QNetworkProxy.ProxyType.HttpProxy,
    "https": QtNetwork.QNetworkProxy.ProxyType.HttpProxy,
    "socks5": QtNetwork.QNetworkProxy.ProxyType.Socks5Proxy,
    "socks5h": QtNetwork.QNetworkProxy.ProxyType.Socks5Proxy,
}


def read_proxy(address: str | None) -> QtNetwork.QNetworkProxy | None:
    """The proxy at an address that somebody typed, None for None. UsageError for what is no address."""
    if not address or not address.strip():
        return None
    url = QtCore.QUrl(address.strip())
    kind = _KINDS.get(url.scheme())
    if kind is None or not url.host():
        raise UsageError(
            tr("The address of the proxy is none."), tr("It is written like http://host:8080 or socks5://host:1080.")
        )
    port = url.port(8080 if kind == _KINDS["http"] else 1080)
    return QtNetwork.QNetworkProxy(kind, url.host(), port, url.userName(), url.password())


def proxy_for(url: str, chosen: QtNetwork.QNetworkProxy | None) -> QtNetwork.QNetworkProxy:
    """chosen: from the settings; it holds for every address."""
    none = QtNetwork.QNetworkProxy(QtNetwork.QNetworkProxy.ProxyType.NoProxy)
    if chosen is not None:
        return chosen
    if urlsplit(url).hostname in _LOCAL:
        return none
    query = QtNetwork.QNetworkProxyQuery(QtCore.QUrl(url))
    found = QtNetwork.QNetworkProxyFactory.systemProxyForQuery(query)
    if found and found[0].type() != none.type():
        return found[0]
    try:
        return read_proxy(named_proxy(url, os.environ)) or none
    except UsageError:  # a variable that makes no sense; whoever means it sees that nothing is reached
        return none


def named_proxy(url: str, environment: Mapping[str, str]) -> str | None:
    """What ``HTTPS_PROXY`` and the like say, which Qt reads in small letters only; these come first here, too."""

    def said(name: str) -> str:
        return (environment.get(name) or environment.get(name.upper()) or "").strip()

    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    spared = [name.strip().lstrip(".").lower() for name in said("no_proxy").split(",")]
    if any(name and (name in ("*", host) or host.endswith(f".{name}")) for name in spared):
        return None
    address = said(f"{parts.scheme}_proxy") or said("all_proxy")
    return (address if "://" in address else f"http://{address}") if address else None
