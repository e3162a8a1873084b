"""Bodies: of the right kind, never too large, never too slow; and pictures that are none."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.requests import Request
from starlette.testclient import TestClient

from fakes import pictures
from fakes.engine import FakeEngine
from fakes.service import client_of, host_of, png, post, put, service_of, until
from nurie.protocol import NurieError
from nurie.server.body import read_body

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(host_of(FakeEngine()), image_bytes=200_000, json_bytes=5_000) as made:
        yield made


def send(client: TestClient, data: bytes, kind: str = "image/png", **headers: str) -> tuple[int, str]:
    digest = hashlib.sha256(data).hexdigest()
    answer = client.put(f"/v1/images/{digest}", content=data, headers={"content-type": kind, **headers})
    assert "Traceback" not in answer.text
    assert client.get("/health").status_code == 200
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def made_png(width: int, height: int, rows: bytes, depth: int = 8, colour: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG_HEAD + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "", "image/svg+xml"]
)
def test_what_a_form_can_send_is_refused(client: TestClient, kind: str) -> None:
    assert send(client, png(pictures.sketch()), kind) == (415, "unsupported_media_type")
    answer = client.post("/v1/jobs", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 415


def test_compressed_bodies_are_refused_unread(client: TestClient) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    assert send(client, bomb, **{"content-encoding": "gzip"}) == (415, "unsupported_media_type")


@pytest.mark.parametrize("size", [200_001, 2_000_000])
def test_large_bodies_are_refused_however_they_come(client: TestClient, size: int) -> None:
    assert send(client, bytes(size)) == (413, "too_large")

    def chunks() -> Iterator[bytes]:
        for _ in range(size // 1000 + 1):
            yield bytes(1000)

    answer = client.put(f"/v1/images/{'0' * 64}", content=chunks(), headers={"content-type": "image/png"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"[" * 4_900,
        b'{"a": NaN}',
        b'{"seed": 1e999}',
        b'{"seed": ' + b"9" * 4_900 + b"}",
        b'{"sketch": 1, "sketch": 2}',
    ],
)
def test_what_is_no_job_is_a_bad_request(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/jobs", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_json_above_the_limit_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/jobs", json={"id": "x" * 6_000})
    assert answer.status_code == 413


PICTURE = png(pictures.sketch())
FLIPPED = bytearray(PICTURE)
FLIPPED[len(PICTURE) // 2] ^= 0xFF


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script></html>",
        PNG_HEAD,
        PNG_HEAD + b"<html>",
        b"\x00\x00\x00\x18ftypheic" + bytes(100),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        png(pictures.sketch(), "GIF"),
        png(pictures.sketch(), "TIFF"),
        png(pictures.sketch(), "PPM"),
        made_png(60_000, 60_000, b""),
        made_png(8_001, 1, bytes(8_002)),
        made_png(0, 10, b""),
        bytes(FLIPPED),
        PICTURE[: len(PICTURE) // 2],
    ],
)
def test_what_is_no_picture_is_refused_when_it_arrives(client: TestClient, data: bytes) -> None:
    assert send(client, data) == (422, "bad_input")


@pytest.mark.parametrize(
    "data",
    [
        made_png(4_000, 4_000, b"\x00"),  # a head that promises what the body does not hold
        made_png(100, 100, bytes(50)),
        png(pictures.sketch(), "JPEG")[:-200],
    ],
)
def test_damage_that_only_decoding_shows_fails_the_job(client: TestClient, data: bytes) -> None:
    sketch = put(client, data)
    status = until(client, post(client, sketch=sketch), "failed")
    assert status["error"]["code"] == "bad_input"
    until(client, post(client), "done")


def sixteen_bit() -> bytes:
    rows = b"".join(b"\x00" + (b"\x00\x00" if 20 < y < 24 else b"\xff\xff") * 64 for y in range(64))
    return made_png(64, 64, rows, depth=16)


def animated() -> bytes:
    file = io.BytesIO()
    pictures.sketch().save(file, "PNG", save_all=True, append_images=[pictures.reference(120, 160)])
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        sixteen_bit(),
        animated(),
        png(pictures.sketch().convert("P")),
        png(pictures.sketch().convert("1")),
        png(pictures.sketch().convert("LA")),
        png(pictures.sketch(), "JPEG"),
    ],
)
def test_every_kind_of_png_and_jpeg_is_coloured(client: TestClient, data: bytes) -> None:
    until(client, post(client, sketch=put(client, data)), "done")


@settings(max_examples=40)
@given(st.data())
def test_damaged_pictures_are_errors_of_the_client(client: TestClient, data: st.DataObject) -> None:
    """Whatever is flipped or cut: a refusal or a failed job, never a fault of ours."""
    original = data.draw(st.sampled_from([PICTURE, png(pictures.sketch(), "JPEG")]))
    damaged = bytearray(original)
    for place in data.draw(st.lists(st.integers(0, len(original) - 1), max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(1, len(damaged)))])
    status, code = send(client, cut)
    assert (status, code) in ((201, ""), (200, ""), (422, "bad_input"))
    if status != 422:
        ended = until(client, post(client, sketch=hashlib.sha256(cut).hexdigest()), "done", "failed")
        assert ended["state"] == "done" or ended["error"]["code"] == "bad_input"


def test_nothing_refused_is_kept() -> None:
    with client_of(host_of(FakeEngine())) as client:
        send(client, b"x")
        send(client, made_png(60_000, 60_000, b""))
        assert len(service_of(client).images) == 0


def test_a_slow_body_is_given_up() -> None:
    async def never() -> dict[str, Any]:
        await anyio.sleep(3600)
        raise AssertionError

    scope = {"type": "http", "method": "PUT", "path": "/", "headers": [(b"content-type", b"image/png")]}

    async def story() -> None:
        await read_body(Request(scope, never), ("image/png",), 100, 0.05)

    with pytest.raises(NurieError) as caught:
        anyio.run(story)
    assert caught.value.code == "request_timeout"


def test_too_many_uploads_at_once_are_turned_away() -> None:
    with client_of(host_of(FakeEngine()), uploads=1) as client:
        uploads: anyio.CapacityLimiter = client.app.state.uploads  # type: ignore[attr-defined]
        assert client.portal is not None
        client.portal.call(uploads.acquire_on_behalf_of, "another")
        assert send(client, PICTURE) == (503, "busy")
        client.portal.call(uploads.release_on_behalf_of, "another")
        assert send(client, PICTURE)[0] == 201


def test_pixels_of_the_limit_pass() -> None:
    with client_of(host_of(FakeEngine()), image_side=160) as client:
        assert send(client, PICTURE)[0] == 201
        assert send(client, png(Image.new("L", (161, 10))))[0] == 422
