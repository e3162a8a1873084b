"""A release: the wheel, its source, the plugin's zip, the bill of materials, and SHA-256 sums of them.

The same source gives the same bytes, with the same build backend and zlib.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

from nurie import __version__
from nurie_export.attributions import read_attributions
from nurie_export.plugin_zip import NAME, default_name, server_entries, write_zip
from nurie_export.sbom import to_sbom
from nurie_export.wheel import ROOT, build_sdist, build_wheel

__all__ = ["SUMS", "make_release"]

SUMS = "SHA256SUMS"
"""Lines as ``sha256sum --check`` reads them."""


def make_release(folder: Path) -> list[Path]:
    """Make the files in ``folder``, whole or not at all, the sums last; returns them in the order of the sums.

    Files of that name are replaced, and others left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".release-") as name:
        made = _make(Path(name))
        sums = Path(name) / SUMS
        lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
        sums.write_text("".join(lines), "ascii", newline="\n")
        return [path.replace(folder / path.name) for path in (*made, sums)]


def _make(folder: Path) -> list[Path]:
    wheel = build_wheel(folder)
    sdist = build_sdist(folder)
    plugin = folder / default_name()
    write_zip(plugin, wheel)
    lock = json.loads(server_entries(wheel)[f"{NAME}/server/lock.json"])
    model = json.loads((ROOT / "resources" / "compact" / "manifest.json").read_text("utf-8"))
    bill = folder / f"nurie-{__version__}.cdx.json"
    bill.write_text(to_sbom(lock, model, read_attributions()), "utf-8", newline="\n")
    for path in (wheel, sdist, plugin, bill):
        path.chmod(0o644)  # what a build backend leaves may be for its owner alone
    return sorted((wheel, sdist, plugin, bill))


if __name__ == "__main__":  # for `make release`
    for path in make_release(Path("dist")):
        print(f"{path}: {path.stat().st_size:,} bytes")
