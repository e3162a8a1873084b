# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip goes in through Krita's own importer, in a profile that has never seen the product."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from nurie_e2e.api import Api, Steps


def import_zip(resources: Path) -> list[Any]:
    """What Tools > Scripts > Import Python Plugin from File does, without its dialogs."""
    importer: Any = importlib.import_module("plugin_importer.plugin_importer")
    imported: list[Any] = importer.PluginImporter(
        os.environ["NURIE_E2E_ZIP"], str(resources), lambda _: True
    ).import_all()
    return imported


def case_import(api: Api) -> Steps:
    resources = Path(os.environ["XDG_DATA_HOME"]) / "krita"
    api.check("the product is not there yet", "nurie_krita" not in sys.modules)
    api.equal("one plugin is found", [plugin["name"] for plugin in import_zip(resources)], ["nurie_krita"])
    api.check("its code is there", (resources / "pykrita" / "nurie_krita" / "register.py").exists())
    api.check("its licence is there", (resources / "pykrita" / "nurie_krita" / "LICENSE").exists())
    api.check("its actions are there", (resources / "actions" / "nurie_krita.action").exists())
    api.krita.writeSetting("python", "enable_nurie_krita", "true")  # the importer asks, and then does this
    yield 100
