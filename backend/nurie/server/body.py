"""Reading a request's body: of the right kind, never larger than allowed, never slower than allowed."""

from __future__ import annotations

import json
from typing import Any

import anyio
from starlette.requests import ClientDisconnect, Request

from nurie.protocol import NurieError, RequestError

__all__ = ["read_body", "read_json"]


async def read_body(request: Request, kinds: tuple[str, ...], limit: int, seconds: float) -> bytes:
    """The raw bytes. NurieError by its code: unsupported_media_type, too_large, request_timeout, bad_request.

    Nothing is ever decompressed: a compressed body is refused by its header.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise NurieError("The body is of another kind.", f"Send {' or '.join(kinds)}.", code="unsupported_media_type")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise NurieError("Compressed bodies are not read.", "Send it as it is.", code="unsupported_media_type")
    if int(request.headers.get("content-length", "0")) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        with anyio.fail_after(seconds):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise NurieError(f"The body did not come within {seconds:g} s.", code="request_timeout") from None
    except ClientDisconnect:
        raise RequestError("The body was cut short.") from None
    return b"".join(parts)


async def read_json(request: Request, limit: int, seconds: float) -> Any:
    """The body as JSON without NaN and infinity. RequestError for anything else."""
    body = await read_body(request, ("application/json",), limit, seconds)
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise RequestError("The body is not JSON.") from None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _too_large(limit: int) -> NurieError:
    return NurieError("The body is too large.", f"At most {limit} bytes are read.", code="too_large")
