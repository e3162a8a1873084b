"""A certificate authority of a test's own, made by the openssl program, and a Qt that trusts it meanwhile."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nurie_krita.qt import QtNetwork

__all__ = ["Authority", "make_authority", "trusting"]

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Authority:
    """folder: with the authority's ``ca.pem`` and ``ca.key``, and what it signed."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    def serving(self, host: str, days: int = 2) -> ssl.SSLContext:
        """For a server of this name, whose certificate is good for so many days from now; below 0 it has expired."""
        stem = self.folder / host
        request, key, signed = (stem.with_name(f"{host}.{end}") for end in ("csr", "key", "pem"))
        (self.folder / "names").write_text(f"subjectAltName=DNS:{host}\n")
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={host}", "-keyout", str(key), "-out", str(request))
        ca = ("-CA", str(self.certificate), "-CAkey", str(self.folder / "ca.key"), "-CAcreateserial")
        end = ("-days", str(days), "-extfile", str(self.folder / "names"), "-out", str(signed))
        _openssl("x509", "-req", "-in", str(request), *ca, *end)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(signed, key)
        return context


def make_authority(folder: Path) -> Authority:
    """A new one in a folder, which is made."""
    folder.mkdir()
    made = Authority(folder)
    out = ("-keyout", str(folder / "ca.key"), "-out", str(made.certificate))
    _openssl("req", "-x509", *_KEY, "-subj", "/CN=Authority of a test", "-days", "2", *out)
    return made


@contextmanager
def trusting(authority: Authority) -> Iterator[None]:
    """As a computer does whose owner installed the authority: Qt's default configuration is every request's."""
    before = QtNetwork.QSslConfiguration.defaultConfiguration()
    changed = QtNetwork.QSslConfiguration(before)
    changed.setCaCertificates(
        [*before.caCertificates(), *QtNetwork.QSslCertificate.fromPath(str(authority.certificate))]
    )
    QtNetwork.QSslConfiguration.setDefaultConfiguration(changed)
    try:
        yield
    finally:
        QtNetwork.QSslConfiguration.setDefaultConfiguration(before)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
