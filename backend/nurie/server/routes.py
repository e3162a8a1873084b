"""The addresses of the contract. No one of them takes a path, a file name or another address."""

from __future__ import annotations

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nurie import __version__
from nurie.protocol import PARTS, PROTOCOL_VERSION, JobRequest, NurieError, RequestError, is_digest, is_job_id
from nurie.server.body import read_body, read_json
from nurie.server.images import check_file
from nurie.server.jobs import Job
from nurie.server.results import ALL_PARTS
from nurie.server.service import Service

__all__ = ["ROUTES"]

_IMAGE_KINDS = ("image/png", "image/jpeg", "application/octet-stream")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _job(request: Request) -> Job:
    name = request.path_params["id"]
    if not is_job_id(name):
        raise RequestError("That is no job's id.")
    return _service(request).job(name)


async def health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def info(request: Request) -> Response:
    service = _service(request)
    models = await run_in_threadpool(service.host.names)
    return JSONResponse(
        {
            "version": __version__,
            "protocol": PROTOCOL_VERSION,
            **service.host.describe(),
            "models": models,
            "parts": PARTS,
            "limits": service.limits.as_dict(),
            "waiting": len(service.queue),
        }
    )


async def put_image(request: Request) -> Response:
    service, digest = _service(request), request.path_params["digest"]
    if not is_digest(digest):
        raise RequestError("An image's address ends in its SHA-256, 64 lower-case hexadecimal digits.")
    limits = service.limits
    uploads: anyio.CapacityLimiter = request.app.state.uploads
    if uploads.available_tokens < 1:
        raise NurieError("Too many images are being sent at once.", "Send one after the other.", code="busy")
    async with uploads:
        data = await read_body(request, _IMAGE_KINDS, limits.image_bytes, limits.body_seconds)
        await run_in_threadpool(check_file, data, digest, limits.image_side)
        known = service.images.touch(digest)
        service.images.put(digest, data)
        service.announce()
    return JSONResponse({"sha256": digest}, 200 if known else 201)


async def post_job(request: Request) -> Response:
    service = _service(request)
    data = await read_json(request, service.limits.json_bytes, service.limits.body_seconds)
    job = service.submit(JobRequest.from_dict(data))
    position = service.queue.position(job)
    return JSONResponse({"id": job.id, "state": job.state, "position": position}, 202)


async def get_job(request: Request) -> Response:
    return JSONResponse(_service(request).status(_job(request)))


async def delete_job(request: Request) -> Response:
    job = _job(request)
    _service(request).cancel(job)
    return JSONResponse({"id": job.id, "state": job.state}, 202)


async def get_events(request: Request) -> Response:
    job = _job(request)
    last = request.headers.get("last-event-id", "0")
    if not (last.isascii() and last.isdecimal() and len(last) < 10):
        raise RequestError("Last-Event-ID must be the id of an event.")
    from nurie.server.events import event_stream  # its library comes with the first reader, not with the server

    return event_stream(job, int(last), _service(request).limits)


async def get_result(request: Request) -> Response:
    job, part = _job(request), request.query_params.get("part", ALL_PARTS[0])
    if part not in ALL_PARTS:
        raise RequestError(f"A result has the parts {', '.join(ALL_PARTS)}.")
    if job.state != "done":
        text = f"The job is {job.state}." if job.error is None else f"The job failed: {job.error.message}"
        raise NurieError(text, code="not_done")
    picture = _service(request).results.get(job.id, part)
    return Response(await run_in_threadpool(picture.encode), media_type=picture.media_type)


ROUTES = [
    Route("/health", health, methods=["GET"]),
    Route("/v1/info", info, methods=["GET"]),
    Route("/v1/images/{digest}", put_image, methods=["PUT"]),
    Route("/v1/jobs", post_job, methods=["POST"]),
    Route("/v1/jobs/{id}", get_job, methods=["GET"]),
    Route("/v1/jobs/{id}", delete_job, methods=["DELETE"]),
    Route("/v1/jobs/{id}/events", get_events, methods=["GET"]),
    Route("/v1/jobs/{id}/result", get_result, methods=["GET"]),
]
