# SPDX-License-Identifier: GPL-3.0-or-later
"""The Krita side of Nurie: a docker that colours line art from reference pictures, on this computer.

Krita imports this package at its start. Outside Krita (in tests) importing it does nothing.
"""

from __future__ import annotations

import importlib.util

__all__ = ["VERSION"]

VERSION = "0.1.0"
"""Of the plugin; a test holds it equal to the backend's."""

if importlib.util.find_spec("krita") is not None:
    from .register import register

    register()
