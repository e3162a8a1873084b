# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and ends; what it is run for is the profile that Krita makes meanwhile."""

from __future__ import annotations

from nurie_e2e.api import Api, Steps


def case(api: Api) -> Steps:
    yield 500
    api.check("Krita has a window", api.window is not None)
