"""The real Krita opens the layers and shows the picture that was merged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from imaging.test_painting import SHAPE, painting
from nurie.imaging.layers import merge, to_layers
from nurie.imaging.write import save_layers

SCRIPT = """
import json, os, traceback

def __main__(args):
    try:
        from krita import Krita
        application = Krita.instance()
        application.setBatchmode(True)
        document = application.openDocument(os.environ["NURIE_FILE"])
        document.waitForDone()
        document.refreshProjection()
        document.waitForDone()
        def told(node):
            return [[child.name(), child.blendingMode(), told(child)] for child in node.childNodes()]
        with open(os.environ["NURIE_OUT"] + ".raw", "wb") as file:
            file.write(bytes(document.pixelData(0, 0, document.width(), document.height())))
        with open(os.environ["NURIE_OUT"] + ".json", "w") as file:
            json.dump(told(document.rootNode()), file)
    except BaseException:
        traceback.print_exc()
    os._exit(0)  # kritarunner would report no failure anyway
"""


@pytest.mark.krita
@pytest.mark.timeout(0)
@pytest.mark.skipif(shutil.which("kritarunner") is None, reason="kritarunner is not installed")
def test_krita_shows_what_was_merged(tmp_path: Path) -> None:
    stack = to_layers(painting("shaded"))
    path = save_layers(stack, tmp_path / "out.ora")
    (tmp_path / "nurie_opens.py").write_text(SCRIPT)
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "NURIE_FILE": str(path),
        "NURIE_OUT": str(tmp_path / "krita"),
    }
    command = ["kritarunner", "-s", "nurie_opens"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    told = tmp_path / "krita.json"
    assert told.exists(), run.stdout + run.stderr
    colors = [["Flats", "normal", []], ["Shadows", "multiply", []], ["Highlights", "add", []]]
    assert json.loads(told.read_text()) == [
        ["Paper", "normal", []],
        ["Colors", "normal", colors],
        ["Lines", "normal", []],
    ]
    shown = np.fromfile(tmp_path / "krita.raw", np.uint8).reshape(*SHAPE, 4)[..., [2, 1, 0, 3]]
    assert np.abs(shown.astype(int) - merge(stack)).max() <= 1
