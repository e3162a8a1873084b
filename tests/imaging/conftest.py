"""Settings of the imaging tests: no example is judged by the clock, which on a busy machine would fail at random."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed")
settings.load_profile("untimed")
