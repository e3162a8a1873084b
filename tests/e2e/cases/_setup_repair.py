# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that was damaged, or fits no more, is mended from the settings or the panel; extras come and go there."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtWidgets

from e2e.cases._setup_page import SetupPage, control, top_level

SECONDS = 1200
_CURRENT = Path(os.environ["XDG_DATA_HOME"]) / "krita" / "nurie" / "server" / "current"


def case_damaged(api: Api) -> Steps:
    """Somebody cut a file of NumPy's off while Krita was not running."""
    page = SetupPage(api)
    yield from page.open()
    yield from api.until("it was looked at", lambda: page.setup.state.name == "damaged", 20_000)
    api.equal("the heading", page.widget.title.text(), "Repair Nurie")
    api.check("the sentence says what is wrong", " is missing or altered" in page.notice, page.notice)
    api.check("the button says how much comes", page.text.startswith("Repair · "), page.text)
    api.screenshot("1 damaged docker", page.panel.docker)
    settings = yield from _settings(api, page)
    box = settings.backend_box
    api.equal("there it can be repaired too", (_words(box.primary), box.repair.isVisible()), ("Repair", False))
    api.screenshot("2 damaged settings", settings)
    planned, sent = page.widget._plan.download_bytes, control()
    api.hands.click(box.primary)
    yield 50
    yield from page.until_ready("repair")
    api.fact("repair: MB downloaded", round((control() - sent) / 1e6, 1))
    api.equal("only what was damaged comes", control() - sent, planned)
    yield from api.until("the engine answers", lambda: page.panel.backend.usable, 120_000)
    api.equal("the panel says so", page.panel.notice, f"Nurie {page.setup.state.offered} is ready.")
    yield from api.until("it can be repaired again", lambda: box.repair.isVisible(), 10_000)
    api.screenshot("3 repaired settings", settings)
    sent = control()
    api.hands.click(box.repair)
    yield 50
    yield from page.until_ready("repair of what is sound")
    api.equal("nothing comes", control() - sent, 0)
    settings.close()
    yield 300


def case_extras(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.panel.open()
    settings = yield from _settings(api, page)
    box = settings.backend_box
    for name, package in (("psd", "psd_tools"), ("openvino", "openvino")):
        yield from api.until("the switches are there", lambda: name in box.extras.switches, 10_000)  # noqa: B023
        switch = box.extras.switches[name]
        extra = next(found for found in page.setup.extras() if found.name == name)
        api.fact(f"{name}: words", f"{switch.text()} - {extra.gain}")
        api.check(f"{name}: the size is told", "MB" in switch.text(), switch.text())
        api.equal(f"{name}: nothing to apply", box.primary.isVisible(), False)
        _toggle(api, switch)
        yield 100
        api.equal(f"{name}: it can be applied", _words(box.primary), "Apply")
        api.screenshot(f"4 {name} settings", settings)
        sent = control()
        api.hands.click(box.primary)
        yield 50
        yield from page.until_ready(name)
        api.equal(f"{name}: only it comes", control() - sent, extra.download_bytes)
        api.check(f"{name}: it is there", list(_CURRENT.glob(f"lib/*/site-packages/{package}")))
        yield from api.until(f"{name}: the engine answers", lambda: page.panel.backend.usable, 120_000)
    api.check("both are on", all(box.extras.switches[name].isChecked() for name in ("psd", "openvino")))
    api.screenshot("5 both settings", settings)
    sent = control()
    _toggle(api, box.extras.switches["openvino"])
    yield 100
    api.hands.click(box.primary)
    yield 50
    yield from page.until_ready("without OpenVINO")
    api.equal("to take one away costs nothing", control() - sent, 0)
    api.equal("it is gone", list(_CURRENT.glob("lib/*/site-packages/openvino")), [])
    api.check("the other is not", list(_CURRENT.glob("lib/*/site-packages/psd_tools")))
    settings.close()
    yield 300


def case_other_protocol(api: Api) -> Steps:
    """Of the engine of the same version somebody took another build, which does not understand this plugin."""
    page = SetupPage(api)
    yield from page.panel.open()
    yield from api.until("that comes out when it starts", lambda: page.setup.state.name == "update_needed", 120_000)
    yield from api.until("the setup is back", lambda: page.shown, 10_000)
    api.check("one sentence says so", "another version of Nurie's protocol" in page.widget.lead.text())
    api.fact("sentence", page.widget.lead.text())
    api.equal("the button", page.text, "Update")
    api.screenshot("6 protocol docker", page.panel.docker)
    sent = control()
    yield from page.press()
    yield from page.until_ready("another protocol")
    api.equal("nothing comes", control() - sent, 0)
    yield from api.until("the engine answers", lambda: page.panel.backend.usable, 120_000)


def _words(button: Any) -> str:
    """Krita's style gives buttons a letter that is underlined."""
    return str(button.text().replace("&", ""))


def _settings(api: Api, page: SetupPage) -> Generator[int, None, Any]:
    """Open the settings by the gear that is in sight."""
    gears = page.pages.findChildren(QtWidgets.QWidget, "nurie_settings")
    api.hands.click(next(gear for gear in gears if gear.isVisible()))
    yield 500
    settings = top_level("nurie_settings_dialog")
    api.require("the settings are open", settings is not None)
    return settings


def _toggle(api: Api, switch: Any) -> None:
    option = QtWidgets.QStyleOptionButton()
    switch.initStyleOption(option)
    mark = switch.style().subElementRect(QtWidgets.QStyle.SubElement.SE_CheckBoxIndicator, option, switch)
    api.hands.click(switch, mark.center())
