"""A company's network: its package index is reached over TLS, through its proxy, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from fakes.authority import Authority
from fakes.package_index import PackageIndex, serving
from fakes.proxy import Proxy, proxying

__all__ = ["ADDRESS", "HOST", "company"]

HOST = "packages.test"
"""Nobody knows its address but the proxy."""
ADDRESS = f"https://{HOST}/simple/"


@contextmanager
def company(
    authority: Authority, wheels: Path, host: str = HOST, days: int = 2, user: str | None = None
) -> Iterator[tuple[PackageIndex, Proxy]]:
    """A package index with a certificate for this host, and the proxy that it is behind."""
    with (
        serving(wheels, authority.serving(host, days)) as index,
        proxying(urlsplit(index.url).port or 0, user) as proxy,
    ):
        yield index, proxy
