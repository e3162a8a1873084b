"""The wire contract shared by the command line, the server and the plugin: typed errors and the protocol version.

Standard library only, Python 3.10 syntax: the plugin carries a byte-identical copy of this file.
"""

from __future__ import annotations

__all__ = [
    "PROTOCOL_VERSION",
    "Cancelled",
    "DeviceError",
    "InputError",
    "MemoryLimitError",
    "ModelError",
    "NurieError",
    "OutputError",
    "UsageError",
]

PROTOCOL_VERSION = 1


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
