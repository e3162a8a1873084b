"""The Kritas on this machine: the installed one, and those in roots of their own under build/kritas."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NATIVE", "ROOTS", "Krita", "find_krita"]

NATIVE = "native"
REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = REPOSITORY / "build" / "kritas"
"""Where ``kritas.sh`` builds the others, one folder each."""

_ENTER = """set -e
root=$1; repository=$2; shift 2
mkdir -p "$root$repository"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$repository" "$root$repository"
exec chroot "$root" "$@"
"""


@dataclass(frozen=True)
class Krita:
    """One Krita. root: the file system it lives in, None for this one; the checkout has the same path in both."""

    name: str
    root: Path | None = None

    def inside(self, command: list[str]) -> list[str]:
        """``command`` where this Krita lives. The mounts belong to the process and go with it."""
        if self.root is None:
            return command
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "sh"]
        return [*enter, str(self.root), str(REPOSITORY), *command]

    def outside(self, command: list[str]) -> list[str]:
        """What to say inside to run ``command`` of this machine: the backend's Python is not in there."""
        return command if self.root is None else ["/usr/sbin/chroot", f"/proc/{os.getpid()}/root", *command]

    @property
    def program(self) -> Path | None:
        """Krita's program as seen from here, None where there is none."""
        if self.root is None:
            found = shutil.which("krita")
            return None if found is None else Path(found)
        path = self.root / "usr/bin/krita"
        return path if path.exists() else None

    def missing(self) -> str | None:
        """Why it cannot be run here, in one sentence."""
        if self.program is None:
            return f"Krita ({self.name}) is not installed here; tests/e2e/install.sh and kritas.sh install it."
        if self.root is None and shutil.which("Xvfb") is None:
            return "Xvfb is not installed here; tests/e2e/install.sh installs it."
        if self.root is not None and os.geteuid() != 0:
            return "Only root can enter another Krita's root."
        return None


def find_krita(name: str) -> Krita:
    """The Krita of that name; whether it is there, ``missing`` tells."""
    return Krita(name, None if name == NATIVE else ROOTS / name)
