"""Answers: JSON, and errors as the contract has them, each with the status of its code."""

from __future__ import annotations

import logging
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nurie.protocol import HTTP_STATUS, NurieError

__all__ = ["HANDLERS", "error_response", "internal_error"]

_log = logging.getLogger("nurie.server")

_CODES = {404: "not_found", 405: "method_not_allowed"}


def error_response(error: NurieError) -> JSONResponse:
    """One sentence, its advice and its code; a code without a status of its own is a fault of ours."""
    status = HTTP_STATUS.get(error.code, 500)
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "1"}, 503: {"Retry-After": "1"}}.get(status)
    return JSONResponse(error.as_dict(), status, headers)


def internal_error() -> NurieError:
    """What is told of a fault that nobody foresaw; the log has the rest."""
    return NurieError("Something unexpected went wrong.", "Please report it, with the server's log.", code="internal")


async def _known(request: Request, error: Exception) -> Response:
    return error_response(cast("NurieError", error))


async def _of_starlette(request: Request, error: Exception) -> Response:
    """No route, or not with this method."""
    status = cast("HTTPException", error).status_code
    text = "This address does not exist." if status == 404 else "This address does not take this method."
    return error_response(NurieError(text, code=_CODES.get(status, "bad_request")))


async def _unexpected(request: Request, error: Exception) -> Response:
    """Nothing of it goes out; the log has it."""
    _log.error("unexpected", exc_info=error)
    return error_response(internal_error())


HANDLERS = {NurieError: _known, HTTPException: _of_starlette, Exception: _unexpected}
