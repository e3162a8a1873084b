"""The wire contract shared by the command line, the server and the plugin: typed errors, jobs, and their one version.

Standard library only, Python 3.10 syntax: the plugin carries a byte-identical copy of this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = [
    "ENDED",
    "EVENTS",
    "HTTP_STATUS",
    "LANES",
    "PARTS",
    "PROTOCOL_VERSION",
    "STATES",
    "Cancelled",
    "DeviceError",
    "InputError",
    "JobRequest",
    "MemoryLimitError",
    "ModelError",
    "NurieError",
    "OutputError",
    "RequestError",
    "UsageError",
    "is_digest",
    "is_job_id",
]

PROTOCOL_VERSION = 1

STATES = ("queued", "loading", "running", "finishing", "done", "failed", "cancelled")
"""Of a job, in the order in which they come; the last three are ends."""

ENDED = frozenset({"done", "failed", "cancelled"})

EVENTS = ("queued", "loading", "progress", "done", "failed", "cancelled")
"""Of a job's stream; one of ``ENDED`` closes it. A reader ignores names and fields that it does not know."""

LANES = ("live", "normal", "batch")
"""Waiting jobs start in this order of lanes, within a lane in the order they came; a live job replaces one waiting."""

PARTS = ("flats", "shadows", "highlights", "swatches", "strokes")
"""Of a result in a style, beside color and image. A server's info lists those it knows, a job's end those there are."""
HTTP_STATUS = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    **dict.fromkeys(("conflict", "not_done"), 409),
    "gone": 410,
    "too_large": 413,
    "unsupported_media_type": 415,
    "wrong_host": 421,
    **dict.fromkeys(("bad_input", "wrong_digest", "unknown_image", "unknown_model", "not_available"), 422),
    "queue_full": 429,
    "internal": 500,
    **dict.fromkeys(("busy", "shutting_down"), 503),
}
"""Error codes of the server's answers and the status each comes with."""


class NurieError(Exception):
    """Anything that goes wrong in a way Nurie knows about.

    ``message`` is one sentence an artist understands, naming the file or setting it is about; ``advice`` is one
    sentence saying what to do next, empty when the message already says it. ``code`` is stable and meant for
    programs; ``exit_code`` is what the command line ends with.
    """

    default_code = "error"
    exit_code = 1

    def __init__(self, message: str, advice: str = "", code: str | None = None) -> None:
        super().__init__(message, advice, code)
        self.message = message
        self.advice = advice
        self.code = self.default_code if code is None else code

    def __str__(self) -> str:
        return f"{self.message} {self.advice}" if self.advice else self.message

    def as_dict(self) -> dict[str, dict[str, str]]:
        """The error object of the contract: ``{"error": {"code", "message", "advice"}}``."""
        return {"error": {"code": self.code, "message": self.message, "advice": self.advice}}


class UsageError(NurieError):
    """A call or a command that asks for something impossible (exit 2)."""

    default_code = "wrong_usage"
    exit_code = 2


class RequestError(UsageError):
    """A request to the server that it does not understand."""

    default_code = "bad_request"


class InputError(NurieError):
    """An input file that cannot be used (exit 3)."""

    default_code = "bad_input"
    exit_code = 3


class OutputError(NurieError):
    """An output that cannot be written (exit 3)."""

    default_code = "bad_output"
    exit_code = 3


class ModelError(NurieError):
    """A model that is missing, damaged or of the wrong version (exit 4)."""

    default_code = "bad_model"
    exit_code = 4


class DeviceError(NurieError):
    """An engine or a device that is not there or does not work (exit 5)."""

    default_code = "device"
    exit_code = 5


class MemoryLimitError(DeviceError):
    """Memory ran out (exit 5)."""

    default_code = "out_of_memory"


class Cancelled(NurieError):  # noqa: N818 - it is no error, it was asked for
    """The work was stopped on request; nothing was written (exit 130)."""

    default_code = "cancelled"
    exit_code = 130

    def __init__(self, message: str = "Cancelled.", advice: str = "", code: str | None = None) -> None:
        super().__init__(message, advice, code)


_DIGEST = re.compile(r"[0-9a-f]{64}")
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

_MAX_REFERENCES = 16
_MAX_POINTS = 1000
_MAX_STEPS = 100
_MAX_GUIDANCE = 20.0
_MAX_SEED = 2**63 - 1


def is_digest(text: str) -> bool:
    """Whether this is a SHA-256 as the server names images: 64 lower-case hexadecimal digits."""
    return _DIGEST.fullmatch(text) is not None


def is_job_id(text: str) -> bool:
    """Whether a client may name a job so: 1 to 64 of letters, digits, ``-`` and ``_``."""
    return _JOB_ID.fullmatch(text) is not None


@dataclass(frozen=True)
class JobRequest:
    """What ``POST /v1/jobs`` carries; images by SHA-256, None where the model's own choice is meant.

    id: the client's own name for the job; the same request sent again under it is the same job.
    points: ``{"sketch": [x, y], "reference": [x, y], "image": 0}`` each, in pixels.
    parts: those of ``PARTS`` that are wanted; they need a style.
    """

    sketch: str
    references: tuple[str, ...]
    id: str | None = None
    steps: int | None = None
    seed: int = 0
    guidance: float | None = None
    style: str | None = None
    hints: str | None = None
    mask: str | None = None
    points: tuple[dict[str, Any], ...] = ()
    model: str | None = None
    lane: str = "normal"
    parts: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: object) -> JobRequest:
        """Read the request's JSON. RequestError names the field that is missing, unknown or not as it should be."""
        if not isinstance(data, Mapping):
            raise RequestError("The job must be a JSON object.")
        names = {field.name for field in fields(cls)}
        unknown = sorted(str(name)[:40] for name in data if name not in names)
        if unknown:
            raise RequestError(f"A job has no field {unknown[0]!r}.", f"It has: {', '.join(sorted(names))}.")
        for name in ("sketch", "references"):
            if data.get(name) is None:
                raise RequestError(f"The job lacks {name!r}.")
        job = cls(**{name: _READERS[name](name, value) for name, value in data.items() if value is not None})
        if job.parts and job.style is None:
            raise RequestError("'parts' are those of a picture in a style.", "Name a 'style', too.")
        return job

    def to_dict(self) -> dict[str, Any]:
        """The JSON that ``from_dict`` reads; fields that were left alone are left out."""
        defaults = {field.name: field.default for field in fields(self)}
        found = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}

    @property
    def images(self) -> tuple[str, ...]:
        """Every image that the job needs, each once."""
        named = (self.sketch, *self.references, self.hints, self.mask)
        return tuple(dict.fromkeys(name for name in named if name is not None))


def _digest(name: str, value: object) -> str:
    if not isinstance(value, str) or not is_digest(value):
        raise RequestError(f"{name!r} must be the SHA-256 of an image, in 64 lower-case hexadecimal digits.")
    return value


def _each(read: Callable[[str, object], Any], fewest: int, most: int, what: str) -> Callable[[str, object], Any]:
    def listed(name: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or not fewest <= len(value) <= most:
            raise RequestError(f"{name!r} must be a list of {fewest} to {most} {what}.")
        return tuple(read(f"{name}[{number}]", entry) for number, entry in enumerate(value))

    return listed


def _job_id(name: str, value: object) -> str:
    if not isinstance(value, str) or not is_job_id(value):
        raise RequestError("A job's 'id' must be 1 to 64 of letters, digits, '-' and '_'.")
    return value


def _whole(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestError(f"{name!r} must be a whole number from {low} to {high}.")
    return value


def _number(name: str, value: object, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= high:
        raise RequestError(f"{name!r} must be a number from 0 to {high:g}.")
    return float(value)


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise RequestError(f"{name!r} must be one of {', '.join(allowed)}.")
    return value


def _model(name: str, value: object) -> str:
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise RequestError(f"{name!r} must be the name of an installed model.", "GET /v1/info lists them.")
    return value


def _point(name: str, entry: object) -> dict[str, Any]:
    keys = {"sketch", "reference"}
    if not isinstance(entry, Mapping) or not keys <= set(entry) <= keys | {"image"}:
        raise RequestError(f'{name} must be {{"sketch": [x, y], "reference": [x, y], "image": 0}}.')
    image = _whole(f"{name}.image", entry.get("image", 0), 0, _MAX_REFERENCES - 1)
    places = {key: _place(f"{name}.{key}", entry[key]) for key in ("sketch", "reference")}
    return {**places, "image": image}


def _place(name: str, value: object) -> list[float]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise RequestError(f"{name!r} must be two numbers, [x, y].")
    return [_number(name, number, 1e6) for number in value]


_READERS: Mapping[str, Any] = {
    "sketch": _digest,
    "references": _each(_digest, 1, _MAX_REFERENCES, "images"),
    "id": _job_id,
    "steps": lambda name, value: _whole(name, value, 1, _MAX_STEPS),
    "seed": lambda name, value: _whole(name, value, 0, _MAX_SEED),
    "guidance": lambda name, value: _number(name, value, _MAX_GUIDANCE),
    "style": lambda name, value: _one_of(name, value, ("flats", "shaded", "soft")),
    "hints": _digest,
    "mask": _digest,
    "points": _each(_point, 0, _MAX_POINTS, "pairs"),
    "model": _model,
    "lane": lambda name, value: _one_of(name, value, LANES),
    "parts": _each(lambda name, value: _one_of(name, value, PARTS), 0, len(PARTS), "parts"),
}
