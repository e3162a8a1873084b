# SPDX-License-Identifier: GPL-3.0-or-later
"""The widgets: bindings to the state, no decisions, no Krita, no network."""
