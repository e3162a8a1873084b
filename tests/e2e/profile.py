"""A Krita user's folders, separate for each run."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from e2e.kritas import REPOSITORY

__all__ = ["Profile", "hold"]

_DRIVER = Path(__file__).parent / "driver"
_PLUGIN = REPOSITORY / "plugin"


@dataclass(frozen=True)
class Profile:
    """The folders of a Krita under ``home``."""

    home: Path

    @classmethod
    def copy_of(cls, template: Path, home: Path) -> Profile:
        """A profile of its own that begins as the template is; nothing is left of an older one."""
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(template, home, symlinks=True)
        return cls(home)

    @property
    def krita(self) -> Path:
        """Krita's own data folder."""
        return self.home / "data" / "krita"

    def environment(self) -> dict[str, str]:
        """The variables that make Krita and all it starts live here."""
        run = self.home / "run"
        run.mkdir(parents=True, exist_ok=True)
        run.chmod(0o700)
        return {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_RUNTIME_DIR": str(run),
        }

    def without_opengl(self) -> None:
        """As Settings > Configure Krita > Display > Canvas Graphics Acceleration does it, switched off. OpenGL without
        a graphics card takes 100 ms and more for each picture of the window, in which Krita answers nobody."""
        path = self.home / "config" / "kritadisplayrc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[General]\nOpenGLRenderer=none\n", encoding="utf-8")

    def install_plugin(self) -> None:
        """The product, as a copy of the working tree."""
        plugins = self.krita / "pykrita"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(_PLUGIN / "nurie_krita", plugins / "nurie_krita", ignore=ignored, dirs_exist_ok=True)
        shutil.copy(_PLUGIN / "nurie_krita.desktop", plugins)
        for action in _PLUGIN.glob("*.action"):
            (self.krita / "actions").mkdir(exist_ok=True)
            shutil.copy(action, self.krita / "actions")
        self.enable("nurie_krita")

    def enable(self, plugin: str) -> None:
        """As a tick in Settings > Configure Krita > Python Plugin Manager does it."""
        path = self.home / "config" / "kritarc"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        lines = [line for line in lines if not line.startswith(f"enable_{plugin}=")]
        if "[python]" not in lines:
            lines += ["[python]"]
        lines.insert(lines.index("[python]") + 1, f"enable_{plugin}=true")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def install_driver(self) -> None:
        """The plugin that runs the case, as links into the working tree."""
        plugins = self.krita / "pykrita"
        plugins.mkdir(parents=True, exist_ok=True)
        for path in _DRIVER.iterdir():
            link = plugins / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(path)
        self.enable("nurie_e2e")


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep others that run the same out of a folder meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
