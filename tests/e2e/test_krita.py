"""The cases, each in a Krita of its own. Which Krita: NURIE_KRITAS=native (the default), trixie, sid, experimental."""

from __future__ import annotations

import pytest

from e2e.harness import BUILD, CASES, fresh_profile, run_case
from e2e.kritas import Krita
from e2e.profile import hold
from nurie_export.plugin_zip import write_zip

NAMES = sorted(path.stem for path in CASES.glob("*.py") if not path.stem.startswith("_"))

# The harness ends a Krita that takes too long, and then tells where it hangs; the alarm of pytest-timeout could not.
pytestmark = [pytest.mark.krita, pytest.mark.timeout(0)]


@pytest.mark.parametrize("case", NAMES)
def test_case(case: str, krita: Krita) -> None:
    report = run_case(case, krita)
    assert not report.failures, "\n".join(report.failures)


def test_the_zip_installs_and_updates(krita: Krita) -> None:
    folder = BUILD / krita.name / "zip"
    with hold(folder), fresh_profile(krita, folder / "home") as profile:
        write_zip(folder / "nurie.zip")
        for case in ("_install", "_reinstall"):
            report = run_case(case, krita, profile=profile, environment={"NURIE_E2E_ZIP": str(folder / "nurie.zip")})
            assert not report.failures, "\n".join(report.failures)
