"""What the server allows and keeps, in one table; ``GET /v1/info`` tells it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

__all__ = ["Limits"]

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of one server.

    image_side: px of an image's longer side. image_bytes: of one uploaded file; json_bytes: of one job's request.
    stored_bytes, stored_images: uploaded files kept, the least recently used let go first.
    queue: jobs that may wait. kept_jobs, kept_bytes, kept_seconds: ended jobs and their pictures, as pixels for
    pixel_seconds and as PNG files from then on.
    preview_side: px; previews_per_second: at most so many for one job.
    trim_jobs, trim_seconds: after so many jobs, or so long without one, what they worked in is given back to the
    system; sooner, the next one would have to fetch it anew. idle_seconds: without a job, after which the model goes.
    connections: open at once; header_seconds, body_seconds: for a request's head and its body; send_seconds: for a
    reader of events to take what it is sent.
    """

    image_side: int = 8000
    image_bytes: int = 128 * MEGABYTE
    json_bytes: int = MEGABYTE // 4
    stored_bytes: int = 256 * MEGABYTE
    stored_images: int = 128
    queue: int = 32
    kept_jobs: int = 64
    kept_bytes: int = 384 * MEGABYTE
    kept_seconds: float = 900.0
    pixel_seconds: float = 5.0
    preview_side: int = 256
    previews_per_second: float = 5.0
    trim_jobs: int = 64
    trim_seconds: float = 120.0
    idle_seconds: float = 300.0
    connections: int = 128
    uploads: int = 4
    header_seconds: float = 10.0
    body_seconds: float = 60.0
    send_seconds: float = 30.0

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)
