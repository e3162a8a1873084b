"""``python -m nurie``."""

from __future__ import annotations

import sys

from nurie.cli.main import main

sys.exit(main())
