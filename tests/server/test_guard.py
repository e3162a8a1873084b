"""Who may come in, as a table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from fakes.engine import FakeEngine
from fakes.service import ADDRESS, TOKEN, client_of, host_of
from nurie.server.app import create_app
from nurie.server.settings import ServerSettings

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """Without a token of its own."""
    with client_of(host_of(FakeEngine())) as made:
        del made.headers["Authorization"]
        yield made


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765"])
def test_the_servers_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/v1/info", headers={**BEARER, "Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.evil.example:8765",
        "evil.example:8765",
        "evil.example",
        "localhost.:8765",
        "localhost",
        "127.0.0.1",
        "127.0.0.1:8766",
        "127.0.0.1:80",
        "127.1:8765",
        "0.0.0.0:8765",
        "[::1]:8765",
        "user@127.0.0.1:8765",
        "127.0.0.1:8765, evil.example",
        "127.0.0.1:8765@evil.example",
        " ",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/health", "/v1/info", "/nowhere"])
def test_foreign_hosts_are_not(client: TestClient, host: str, path: str) -> None:
    answer = client.get(path, headers={**BEARER, "Host": host})
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "wrong_host"


def test_two_hosts_are_none(client: TestClient) -> None:
    headers = [("Host", "127.0.0.1:8765"), ("Host", "127.0.0.1:8765"), *BEARER.items()]
    assert client.get("/v1/info", headers=headers).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ADDRESS},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_web_pages_stay_outside_even_with_the_token(client: TestClient, headers: dict[str, str], method: str) -> None:
    for path in ("/health", "/v1/info"):
        answer = client.request(method, path, headers={**BEARER, **headers})
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "forbidden"


def test_a_preflight_gets_no_permission(client: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/v1/jobs", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[: len(TOKEN) // 2]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN.upper()}",
        f"bearer {TOKEN}",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN}, Bearer {TOKEN}",
        "Bearer \u00fc",
    ],
)
def test_without_the_whole_token_nothing_is_told(client: TestClient, value: str | None) -> None:
    headers = [] if value is None else [("Authorization", value.encode("latin-1"))]
    for method, path in (("GET", "/v1/info"), ("POST", "/v1/jobs"), ("GET", "/nowhere"), ("PUT", "/v1/images/0")):
        answer = client.request(method, path, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorized"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert TOKEN not in answer.text


def test_two_tokens_are_none(client: TestClient) -> None:
    assert client.get("/v1/info", headers=[*BEARER.items(), *BEARER.items()]).status_code == 401


def test_health_needs_no_token_and_says_nothing_else(client: TestClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_no_answer_may_be_kept_or_embedded(client: TestClient) -> None:
    for path in ("/health", "/v1/info"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_name_of_its_own_on_a_network() -> None:
    app = create_app(ServerSettings(TOKEN, names=("Studio.Local",)), host_of(FakeEngine()))
    with TestClient(app, "http://192.168.1.5:9000", headers=BEARER) as client:
        for host, status in (("192.168.1.5:9000", 200), ("studio.local:9000", 200), ("localhost:9000", 421)):
            assert client.get("/v1/info", headers={"Host": host}).status_code == status


def test_the_settings_do_not_print_the_token() -> None:
    assert TOKEN not in repr(ServerSettings(TOKEN))
