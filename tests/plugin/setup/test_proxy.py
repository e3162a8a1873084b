"""Safe connections, and those through a proxy: real certificates, real sockets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytestqt.qtbot import QtBot

from fakes.authority import Authority, make_authority, trusting
from fakes.company import ADDRESS, HOST, company
from fakes.plugin import wait
from fakes.wheels import entry
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtNetwork
from nurie_krita.setup import Setup, SetupChoices
from nurie_krita.setup.download import fetch
from nurie_krita.setup.index import read_index
from nurie_krita.setup.job import Job
from nurie_krita.setup.lock import LockedFile
from nurie_krita.setup.network import Network, Times
from nurie_krita.setup.proxy import named_proxy

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.skipif(not QtNetwork.QSslSocket.supportsSsl(), reason="this Qt finds no TLS library"),
]

SMALL = "nurie_small-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls") / "authority")


def small(wheels: Path) -> LockedFile:
    said = entry(wheels / SMALL)
    return LockedFile(said["name"], said["version"], said["file"], said["sha256"], said["size"])


def take(wheels: Path, folder: Path, proxy: str | None, address: str = ADDRESS) -> Path:
    network = Network(Job(), read_index(address), proxy, Times(stall=10.0, retries=(0.0,)))
    network.job.enter("downloading", 1)
    try:
        return fetch(network, small(wheels), folder)
    finally:
        network.close()


def refusal(wheels: Path, folder: Path, proxy: str | None) -> NurieError:
    with pytest.raises(NurieError) as raised:
        take(wheels, folder, proxy)
    assert list(folder.glob("*.whl*")) == []
    assert "\n" not in str(raised.value)
    return raised.value


def test_a_file_comes_over_a_safe_connection_through_the_proxy(
    authority: Authority, wheels: Path, tmp_path: Path
) -> None:
    with company(authority, wheels) as (index, proxy), trusting(authority):
        assert take(wheels, tmp_path, proxy.url).read_bytes() == (wheels / SMALL).read_bytes()
        assert {*proxy.asked} == {f"{HOST}:443"}
        assert [path for path, _ in index.asked] == ["/simple/nurie-small/", f"/files/{SMALL}"]


def test_who_is_not_trusted_gets_no_question(authority: Authority, wheels: Path, tmp_path: Path) -> None:
    with company(authority, wheels) as (index, proxy):
        error = refusal(wheels, tmp_path, proxy.url)
        assert (error.code, index.asked) == ("untrusted", [])
        assert error.message.startswith(f"No safe connection to {HOST}: ")


@pytest.mark.parametrize(("host", "days", "why"), [("another.test", 2, "host name"), (HOST, -1, "has expired")])
def test_a_certificate_for_somebody_else_or_of_the_past_is_refused(
    host: str, days: int, why: str, authority: Authority, wheels: Path, tmp_path: Path
) -> None:
    with company(authority, wheels, host, days) as (index, proxy), trusting(authority):
        error = refusal(wheels, tmp_path, proxy.url)
        assert (error.code, index.asked) == ("untrusted", [])
        assert why in error.message


def test_a_proxy_s_password_is_given_and_told_to_nobody(authority: Authority, wheels: Path, tmp_path: Path) -> None:
    with company(authority, wheels, user="me:s3cret") as (_, proxy), trusting(authority):
        for user in ("", "me:wr0ng@"):
            error = refusal(wheels, tmp_path, proxy.url.replace("//", f"//{user}"))
            assert (error.code, proxy.asked) == ("proxy", [])
            assert "wr0ng" not in str(error)
        take(wheels, tmp_path, proxy.url.replace("//", "//me:s3cret@"))
        assert {*proxy.asked} == {f"{HOST}:443"}


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_the_environment_s_proxy_is_used_where_none_is_set(
    name: str, authority: Authority, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with company(authority, wheels) as (_, proxy), trusting(authority):
        monkeypatch.setenv(name, proxy.url)
        take(wheels, tmp_path, None)
        assert {*proxy.asked} == {f"{HOST}:443"}


def test_the_system_s_proxy_is_used_where_none_is_set(authority: Authority, wheels: Path, tmp_path: Path) -> None:
    """The answer of Windows, macOS or a desktop is put in; what is asked of it is Qt's own matter."""
    with company(authority, wheels) as (_, proxy), trusting(authority), pytest.MonkeyPatch.context() as patch:
        at = urlsplit(proxy.url)
        kind = QtNetwork.QNetworkProxy.ProxyType.HttpProxy
        said = [QtNetwork.QNetworkProxy(kind, at.hostname, at.port or 0)]
        patch.setattr(QtNetwork.QNetworkProxyFactory, "systemProxyForQuery", staticmethod(lambda query: said))
        take(wheels, tmp_path, None)
        assert {*proxy.asked} == {f"{HOST}:443"}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://a:1"}, "http://a:1"),
        ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"}, "http://a:1"),
        ({"HTTP_PROXY": "http://a:1"}, None),
        ({"ALL_PROXY": "socks5://a:1"}, "socks5://a:1"),
        ({"HTTPS_PROXY": "a:1"}, "http://a:1"),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "other.test, .test"}, None),
        ({"HTTPS_PROXY": "http://a:1", "no_proxy": "PACKAGES.test"}, None),
        ({"HTTPS_PROXY": "http://a:1", "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": "http://a:1", "no_proxy": "ages.test,"}, "http://a:1"),
    ],
)
def test_what_the_environment_says_of_proxies(environment: dict[str, str], found: str | None) -> None:
    assert named_proxy(ADDRESS, environment) == found


def test_the_whole_setup_asks_nobody_but_the_index(
    qtbot: QtBot,
    made: Callable[..., Setup],
    authority: Authority,
    wheels: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """uv hears of the proxy too, and would go through it if it wanted anything."""
    with company(authority, wheels) as (_, proxy), trusting(authority):
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        setup = made()
        setup.install(SetupChoices(index=ADDRESS))
        wait(qtbot, lambda: not setup.state.busy)
        assert setup.state.name == "ready", setup.state.error
        assert {*proxy.asked} == {f"{HOST}:443"}
