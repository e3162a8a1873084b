# SPDX-License-Identifier: GPL-3.0-or-later
"""Installing, updating, repairing and removing the backend from inside Krita. Qt and the standard library, no Krita.

``Setup`` is what the rest of the plugin sees. It does everything in one thread of its own, step after step, as
``installation`` and ``removal`` say it: each step can be cancelled, and the program may be killed in any.
"""

from __future__ import annotations

from .setup import Setup
from .state import Extra, RemoveChoices, SetupChoices, SetupPlan, SetupState

__all__ = ["Extra", "RemoveChoices", "Setup", "SetupChoices", "SetupPlan", "SetupState"]
