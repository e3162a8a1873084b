from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie.device import ENGINES, POLICIES, Device, parse_device, policy
from nurie.protocol import DeviceError, UsageError


def test_auto_leaves_the_choice_to_the_engine() -> None:
    assert parse_device("auto") is None


@given(st.builds(Device, st.just("cuda"), st.integers(0, 999)) | st.sampled_from([Device("cpu"), Device("mps")]))
def test_names_are_read_back(device: Device) -> None:
    assert parse_device(str(device)) == device


def test_cuda_alone_is_the_first_card() -> None:
    assert parse_device("cuda") == Device("cuda", 0)


@pytest.mark.parametrize("text", ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "CPU", "cuda:1 "])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a device"):
        parse_device(text)


def test_every_engine_runs_on_the_cpu_in_full_precision() -> None:
    assert {policy(engine, Device("cpu")).precision for engine in ENGINES} == {"float32"}


def test_the_table_has_one_row_for_each_pair() -> None:
    pairs = [(row.engine, row.kind) for row in POLICIES]
    assert len(pairs) == len(set(pairs))


def test_a_pair_that_is_not_in_the_table_names_what_is() -> None:
    with pytest.raises(DeviceError, match=r"openvino engine does not run on cuda:0\. It runs on: cpu"):
        policy("openvino", Device("cuda"))
