"""Requests nobody would write: each is answered as the contract has it, or its connection ends; nothing else does."""

from __future__ import annotations

import json
import os
import socket
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fakes import pictures
from fakes.engine import FakeEngine
from fakes.service import ADDRESS, PATIENCE, TOKEN, client_of, host_of, post, put, until
from server.test_connection import connect, listening

CASES = int(os.environ.get("NURIE_CASES", "300"))
"""Of each kind; NURIE_CASES=10000 for a thorough run."""
FUZZ = settings(max_examples=CASES, suppress_health_check=list(HealthCheck))

DIGEST = 64 * "0"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SEGMENT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["..", ".", "%2e%2e", "\0", "job", "a" * 10_000, DIGEST, DIGEST.upper(), "events", "result"]),
)
PATH = st.one_of(
    st.sampled_from(["/health", "/v1/info", "/v1/jobs", f"/v1/images/{DIGEST}", "/v1/jobs/job", "/", "//", "/docs"]),
    st.builds(
        lambda start, parts: start + "/".join(parts),
        st.sampled_from(["/v1/jobs/", "/v1/images/", "/"]),
        st.lists(SEGMENT.map(lambda text: urllib.parse.quote(text, safe="", errors="replace")), max_size=4),
    ),
)
KIND = st.sampled_from(
    ["application/json", "application/json; charset=latin-1", "image/png", "image/jpeg", "text/html"]
)
FIELDS = (
    "id",
    "steps",
    "seed",
    "guidance",
    "style",
    "hints",
    "mask",
    "points",
    "model",
    "lane",
    "references",
    "sketch",
)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(host_of(FakeEngine()), json_bytes=20_000, image_bytes=20_000) as made:
        yield made


def check(answer: Any, method: str) -> None:
    """A success, or an error of the contract that is the client's own; 429 and 503 may come of too much at once."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if answer.status_code >= 400 and method != "HEAD":
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "advice"}
        assert error["message"].endswith(".")
        assert "\n" not in error["message"]
        assert "Traceback" not in answer.text


@FUZZ
@given(
    st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "X-ODD"]),
    PATH,
    st.text(max_size=20),
    KIND,
    st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_any_method_address_and_body(
    client: TestClient, method: str, path: str, query: str, kind: str, body: bytes
) -> None:
    address = f"{ADDRESS}{path}?part={urllib.parse.quote(query, errors='replace')}"
    check(client.request(method, address, content=body, headers={"content-type": kind}), method)
    assert client.get("/health").status_code == 200


@FUZZ
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4), st.dictionaries(st.text(), JSON, max_size=1))
def test_any_job(client: TestClient, fields: dict[str, Any], unknown: dict[str, Any]) -> None:
    job = {
        "sketch": put(client, pictures.sketch()),
        "references": [put(client, pictures.reference())],
        **fields,
        **unknown,
    }
    answer = client.post("/v1/jobs", content=json.dumps(job).encode(), headers={"content-type": "application/json"})
    check(answer, "POST")
    if answer.status_code == 202:
        until(client, answer.json()["id"], "done", "failed", "cancelled")


@FUZZ
@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_any_last_event_id(client: TestClient, last: str) -> None:
    job = post(client, id="told")
    check(client.get(f"/v1/jobs/{job}/events", headers={"last-event-id": last}), "GET")


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with listening() as found:
        yield found


def request(address: tuple[str, int], method: bytes = b"GET", path: bytes = b"/v1/info", body: bytes = b"") -> bytes:
    head = [
        method + b" " + path + b" HTTP/1.1",
        f"Host: {address[0]}:{address[1]}".encode(),
        f"Authorization: Bearer {TOKEN}".encode(),
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@FUZZ
@given(st.data())
def test_any_bytes_on_the_socket(address: tuple[str, int], data: st.DataObject) -> None:
    """A good request, damaged in a few places, or cut, or doubled; then its sender says no more."""
    body = b'{"sketch": "' + DIGEST.encode() + b'"}'
    whole = bytearray(data.draw(st.sampled_from([request(address), request(address, b"POST", b"/v1/jobs", body)])))
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(whole)))
        gone = data.draw(st.sampled_from([0, 0, 1, 2, 30]))
        whole[place : place + gone] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"\r\n", b"\0", b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n"])
        )
    with connect(address) as connection:
        connection.sendall(bytes(whole) * data.draw(st.sampled_from([1, 1, 2])))
        connection.shutdown(socket.SHUT_WR)
        answer = bytearray()
        connection.settimeout(PATIENCE)
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        assert not answer or answer.startswith(b"HTTP/1.1 "), answer
        assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 501", b"HTTP/1.1 502")), answer
        assert b"Traceback" not in answer
    with connect(address) as connection:
        connection.sendall(request(address, path=b"/health"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
