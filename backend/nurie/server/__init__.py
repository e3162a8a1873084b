"""The backend: a local HTTP service that colours drawings. Importing it starts nothing and loads no engine."""

from __future__ import annotations

from nurie.server.app import create_app

__all__ = ["create_app"]
