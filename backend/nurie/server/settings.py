"""How one server is set up; made by ``nurie serve``, handed to ``create_app``."""

from __future__ import annotations

from dataclasses import dataclass, field

from nurie.server.calibrating import IdleCalibration
from nurie.server.limits import Limits

__all__ = ["ServerSettings"]


@dataclass(frozen=True)
class ServerSettings:
    """token: what every request but ``/health`` carries. names: host names, beside the address that a client reaches
    and localhost, under which the server may be addressed. calibration: what is measured while nobody waits."""

    token: str = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    names: tuple[str, ...] = ()
    calibration: IdleCalibration | None = None
