from __future__ import annotations

from pathlib import Path

import pytest

from nurie import protocol
from nurie.protocol import NurieError

REPOSITORY = Path(__file__).resolve().parents[1]

CONTRACT = {
    "UsageError": (2, "wrong_usage"),
    "InputError": (3, "bad_input"),
    "OutputError": (3, "bad_output"),
    "ModelError": (4, "bad_model"),
    "DeviceError": (5, "device"),
    "MemoryLimitError": (5, "out_of_memory"),
    "Cancelled": (130, "cancelled"),
}


@pytest.mark.parametrize(("name", "exit_code", "code"), [(name, *row) for name, row in CONTRACT.items()])
def test_every_error_has_the_exit_code_and_code_of_the_contract(name: str, exit_code: int, code: str) -> None:
    error = getattr(protocol, name)("The file x is broken.", "Save it again.")
    assert isinstance(error, NurieError)
    assert (error.exit_code, error.code) == (exit_code, code)
    assert str(error) == "The file x is broken. Save it again."
    assert error.as_dict() == {"error": {"code": code, "message": "The file x is broken.", "advice": "Save it again."}}


def test_no_error_is_left_out_of_the_table() -> None:
    kinds = {name for name in protocol.__all__ if isinstance(getattr(protocol, name), type)} - {"NurieError"}
    assert kinds == set(CONTRACT)


def test_memory_is_a_device_error() -> None:
    assert issubclass(protocol.MemoryLimitError, protocol.DeviceError)


def test_a_code_of_its_own_and_no_advice() -> None:
    error = NurieError("Something.", code="special")
    assert (error.code, str(error)) == ("special", "Something.")


def test_the_plugin_carries_the_same_protocol() -> None:
    ours = REPOSITORY / "backend/nurie/protocol.py"
    assert (REPOSITORY / "plugin/nurie_krita/protocol.py").read_bytes() == ours.read_bytes()
