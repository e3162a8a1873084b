"""The Kritas that the tests are run in, each in turn."""

from __future__ import annotations

import os

import pytest

from e2e.kritas import NATIVE, Krita, find_krita


@pytest.fixture(scope="module", params=os.environ.get("NURIE_KRITAS", NATIVE).replace(",", " ").split())
def krita(request: pytest.FixtureRequest) -> Krita:
    found = find_krita(request.param)
    why = found.missing()
    if why is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found
