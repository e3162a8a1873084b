# SPDX-License-Identifier: GPL-3.0-or-later
"""The Krita side of Nurie. Only the wire contract (``protocol``) exists so far; the docker is yet to be built."""
