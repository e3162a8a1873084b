# SPDX-License-Identifier: GPL-3.0-or-later
"""What the importer put there runs, and an update through the importer leaves the artist's own things alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nurie_e2e.api import Api, Steps

from e2e.cases._install import import_zip


def case_the_product_runs(api: Api) -> Steps:
    api.check("the product is loaded", "nurie_krita" in sys.modules)
    api.check("its docker is there", api.docker("nurie_colorize") is not None)
    api.check("its actions are there", api.krita.action("nurie_colorize") is not None)
    yield 0


def case_update(api: Api) -> Steps:
    resources = Path(os.environ["XDG_DATA_HOME"]) / "krita"
    own = resources / "nurie" / "kept by the artist"
    own.parent.mkdir(exist_ok=True)
    own.write_text("mine", encoding="utf-8")
    stale = resources / "pykrita" / "nurie_krita" / "of_an_older_version.py"
    stale.write_text("", encoding="utf-8")
    import_zip(resources)
    yield 100
    api.check("old code is gone", not stale.exists())
    api.equal("the artist's own data stay", own.read_text(encoding="utf-8"), "mine")
