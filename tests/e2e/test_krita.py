"""The cases, each in a Krita of its own. Which Krita: NURIE_KRITAS=native (the default), trixie, sid, experimental."""

from __future__ import annotations

import os

import pytest

from e2e.harness import CASES, run_case
from e2e.kritas import NATIVE, find_krita

NAMES = sorted(path.stem for path in CASES.glob("*.py") if not path.stem.startswith("_"))
KRITAS = os.environ.get("NURIE_KRITAS", NATIVE).replace(",", " ").split()

# The harness ends a Krita that takes too long, and then tells where it hangs; the plugin's alarm could not.
pytestmark = [pytest.mark.krita, pytest.mark.timeout(0)]


@pytest.mark.parametrize("name", KRITAS)
@pytest.mark.parametrize("case", NAMES)
def test_case(case: str, name: str) -> None:
    krita = find_krita(name)
    why = krita.missing()
    if why is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    report = run_case(case, krita)
    assert not report.failures, "\n".join(report.failures)
