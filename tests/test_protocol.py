from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurie import protocol
from nurie.protocol import LANES, PARTS, JobRequest, NurieError, RequestError

REPOSITORY = Path(__file__).resolve().parents[1]

CONTRACT = {
    "UsageError": (2, "wrong_usage"),
    "RequestError": (2, "bad_request"),
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
    exported = {name: getattr(protocol, name) for name in protocol.__all__}
    kinds = {name for name, kind in exported.items() if isinstance(kind, type) and issubclass(kind, NurieError)}
    assert kinds - {"NurieError"} == set(CONTRACT)


def test_memory_is_a_device_error() -> None:
    assert issubclass(protocol.MemoryLimitError, protocol.DeviceError)


def test_a_code_of_its_own_and_no_advice() -> None:
    error = NurieError("Something.", code="special")
    assert (error.code, str(error)) == ("special", "Something.")


def test_the_plugin_carries_the_same_protocol() -> None:
    ours = REPOSITORY / "backend/nurie/protocol.py"
    assert (REPOSITORY / "plugin/nurie_krita/protocol.py").read_bytes() == ours.read_bytes()


CASES = int(os.environ.get("NURIE_CASES", "500"))
"""Of the fuzzed requests; NURIE_CASES=10000 for a thorough run."""
DIGEST = "0123456789abcdef" * 4
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
PLACES = st.lists(st.floats(0, 1e6), min_size=2, max_size=2)
POINTS = st.fixed_dictionaries({"sketch": PLACES, "reference": PLACES, "image": st.integers(0, 15)})
REQUESTS = st.builds(
    JobRequest,
    sketch=DIGESTS,
    references=st.lists(DIGESTS, min_size=1, max_size=16).map(tuple),
    id=st.none() | st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    steps=st.none() | st.integers(1, 100),
    seed=st.integers(0, 2**63 - 1),
    guidance=st.none() | st.floats(0, 20),
    style=st.sampled_from([None, "flats", "shaded", "soft"]),
    hints=st.none() | DIGESTS,
    mask=st.none() | DIGESTS,
    points=st.lists(POINTS, max_size=5).map(tuple),
    model=st.sampled_from([None, "compact", "my-model.2"]),
    lane=st.sampled_from(LANES),
    parts=st.lists(st.sampled_from(PARTS), max_size=5).map(tuple),
).filter(lambda request: request.style is not None or not request.parts)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | DIGESTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=100)
@given(REQUESTS)
def test_a_request_comes_back_from_its_json_as_it_was(request: JobRequest) -> None:
    assert JobRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request


@settings(max_examples=CASES)
@given(st.dictionaries(st.sampled_from([*JobRequest.__dataclass_fields__, "path", ""]), JSON, max_size=6) | JSON)
def test_whatever_is_sent_is_a_request_or_a_sentence(data: object) -> None:
    """Nothing but RequestError may come of it: what a handler does not expect is a status 500."""
    try:
        request = JobRequest.from_dict(data)
    except RequestError as error:
        refusal = error
    else:
        assert JobRequest.from_dict(request.to_dict()) == request
        return
    assert refusal.code == "bad_request"
    assert refusal.message.endswith(".")
    assert len(str(refusal)) < 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sketch", "../../etc/passwd"),
        ("sketch", DIGEST.upper()),
        ("sketch", DIGEST + "\n"),
        ("references", []),
        ("references", [DIGEST] * 17),
        ("references", DIGEST),
        ("parts", ["flats"]),  # without a style
        ("parts", ["lines"]),
        ("parts", "flats"),
        ("id", ""),
        ("id", "a" * 65),
        ("id", "../secret"),
        ("id", "nul\0"),
        ("id", "ümlaut"),
        ("steps", 0),
        ("steps", 101),
        ("steps", 1.0),
        ("steps", True),
        ("seed", -1),
        ("seed", 2**63),
        ("guidance", float("nan")),
        ("guidance", float("inf")),
        ("guidance", 10**400),
        ("style", "oil"),
        ("model", "../compact"),
        ("model", "/etc/model"),
        ("lane", "fast"),
        ("points", [{"sketch": [1, 2]}]),
        ("points", [{"sketch": [1, 2], "reference": [1, float("nan")]}]),
        ("points", [{"sketch": [1, 2], "reference": [1, 2], "image": -1}]),
        ("points", [{"sketch": [1, 2], "reference": [1, 2], "file": "x"}]),
        ("path", "x.png"),
        ("url", "http://example.com/x.png"),
    ],
)
def test_each_fault_is_told_by_the_fields_name(field: str, value: Any) -> None:
    with pytest.raises(RequestError, match=f"'?{field}"):
        JobRequest.from_dict({"sketch": DIGEST, "references": [DIGEST], field: value})


def test_images_are_named_once() -> None:
    other = "f" * 64
    assert JobRequest(DIGEST, (other, DIGEST), hints=other, mask=None).images == (DIGEST, other)


def test_every_end_is_an_event_and_a_state() -> None:
    assert set(protocol.STATES) > protocol.ENDED < set(protocol.EVENTS)
