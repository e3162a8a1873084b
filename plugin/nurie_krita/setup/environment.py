# SPDX-License-Identifier: GPL-3.0-or-later
"""Making an environment with uv, offline, from files that are all here; trying it; colouring the sample with it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nurie_krita.exchange import read_error
from nurie_krita.i18n import tr
from nurie_krita.paths import samples_folder
from nurie_krita.protocol import PROTOCOL_VERSION, NurieError
from nurie_krita.qt import QtNetwork

from .command import Output, run
from .errors import disk_error, disk_full, on_disk
from .job import Job
from .layout import Layout, delete
from .lock import LockedFile
from .machine import ask
from .reuse import kept_folder, place
from .systems import managed_program, program, scrubbed, uv_name

__all__ = ["Maker", "color_sample", "doctor", "pythons_of", "run_nurie"]

_UV_SECONDS = 900.0
_DOCTOR_SECONDS = 300.0
_SAMPLE_SECONDS = 900.0
_NO_DOWNLOAD = ("error sending request", "dns error", "failed to download http", "http status")
"""What uv says where nothing, or not what was asked for, came from the network."""
_MIRRORS = ("UV_PYTHON_INSTALL_MIRROR", "UV_PYTHON_DOWNLOADS_JSON_URL")
"""Variables that say where uv gets a Python from, and which; nothing else of uv's is heard."""
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Maker:
    """Makes ``layout.next``. folders: where the files are that the lock names; mirror and proxy: for a Python."""

    layout: Layout
    system: str
    folders: tuple[Path, ...]
    job: Job
    proxy: str | None = None

    @property
    def _uv(self) -> Path:
        return self.layout.cache / uv_name(self.system)

    def find(self, file: LockedFile) -> Path:
        """Where a file is."""
        paths = [folder / file.file for folder in self.folders]
        return next(path for path in paths if path.is_file() and path.stat().st_size == file.size)

    def unpack_uv(self, file: LockedFile) -> None:
        """uv's program, out of its wheel."""
        with _reading(file), on_disk(self.layout.cache), zipfile.ZipFile(self.find(file)) as wheel:
            self.layout.cache.mkdir(parents=True, exist_ok=True)
            name = next(name for name in wheel.namelist() if name.endswith(f".data/scripts/{uv_name(self.system)}"))
            with wheel.open(name) as source, self._uv.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            self._uv.chmod(0o755)

    def unpack_python(self, file: LockedFile) -> Path:
        """The interpreter out of its archive; it appears whole or not at all."""
        folder = self.layout.pythons / file.version
        if folder.exists():
            return Path(managed_program(folder, self.system))
        part = self.layout.pythons / f"{file.version}.part"
        delete(part)
        with _reading(file), on_disk(self.layout.pythons), tarfile.open(self.find(file), "r:gz") as archive:
            part.mkdir(parents=True)
            for member in archive:
                self.job.check()
                _unpack(archive, member, part)
            (part / "python").rename(folder)
        delete(part)
        return Path(managed_program(folder, self.system))

    def bring_python(self, version: str) -> Path:
        """The interpreter that uv downloads, which knows its digest; one that is there and does not run, once more."""
        there = [
            self.layout.pythons / name for name in pythons_of(self.layout) if name.startswith(f"cpython-{version}")
        ]
        sound = all(ask((str(managed_program(folder, self.system)),), self.job) for folder in there)
        options = () if sound else ("--reinstall",)
        network = {name: self.proxy for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY") if self.proxy}
        if QtNetwork.QSslConfiguration.systemCaCertificates():  # a company's own authority is among them
            network["UV_SYSTEM_CERTS"] = "1"
        self._run("python", "install", "--no-bin", "--managed-python", *options, version, **network)
        answer = self._run("python", "find", "--managed-python", "--no-project", version)
        return Path(answer.out.strip())

    def make(self, python: Path) -> None:
        """An empty environment, which may be moved: its programs find their Python beside themselves."""
        delete(self.layout.next)
        self._run("venv", "--relocatable", "--no-project", "--offline", "--python", str(python), str(self.layout.next))

    def install(self, files: Iterable[LockedFile]) -> None:
        """Exactly these wheels, and nothing that they ask for beyond."""
        # Each by its address: of several wheels of a version uv would take the newest kind, whatever the digest says.
        lines = [f"{file.name} @ {self.find(file).absolute().as_uri()} --hash=sha256:{file.sha256}\n" for file in files]
        wanted = self.layout.cache / "requirements.txt"
        with on_disk(self.layout.cache):
            wanted.write_text("".join(lines), encoding="utf-8")
        python = program(self.layout.next, self.system)
        options = ("--offline", "--no-index", "--no-deps", "--require-hashes", "--python", str(python))
        self._run("pip", "install", *options, "-r", str(wanted))

    def keep(self, file: LockedFile) -> None:
        """Have a wheel with the environment that was made, for the next one."""
        with on_disk(self.layout.next):
            target = kept_folder(self.layout.next) / file.file
            if not target.exists():
                place(self.find(file), target, link=False)

    def _run(self, *arguments: str, **variables: str) -> Output:
        ours = {
            "UV_CACHE_DIR": str(self.layout.cache / "uv-cache"),
            "UV_PYTHON_INSTALL_DIR": str(self.layout.pythons),
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "manual",
        }
        ours |= {name: os.environ[name] for name in _MIRRORS if os.environ.get(name)}
        environment = scrubbed(os.environ, **ours, **variables)
        # Not where Krita was started: a folder there may hold somebody's project.
        output = run((str(self._uv), *arguments), environment, self.job, _UV_SECONDS, self.layout.cache)
        if output.code != 0:
            raise _failed(output, self.layout.server)
        return output


def pythons_of(layout: Layout) -> tuple[str, ...]:
    """Names of the folders of interpreters that were brought along."""
    try:
        return tuple(sorted(path.name for path in layout.pythons.iterdir()))
    except OSError:
        return ()


@contextlib.contextmanager
def _reading(file: LockedFile) -> Iterator[None]:
    """An archive, which is what the lock says, but perhaps not what it was meant to be."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, StopIteration) as error:
        raise NurieError(
            tr("{name} cannot be unpacked.", name=file.file), tr("Install the plugin again."), code="damaged"
        ) from error


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """One entry; nothing outside the folder, whatever the archive says (Python 3.10 has no filters for this)."""
    target = (folder / member.name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OSError(f"{member.name} leads outside")
    if member.issym():
        leads = (target.parent / member.linkname).resolve()
        if leads.is_relative_to(folder.resolve()):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(member.linkname)
    elif member.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif member.isfile() or member.islnk():
        source = archive.extractfile(member)  # a hard link's content is that of what it links to
        if source is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            target.chmod(0o755 if member.mode & 0o100 else 0o644)


def _failed(output: Output, folder: Path) -> NurieError:
    """What uv complained about."""
    text = (output.err + output.out).lower()
    if "no space left" in text or "disk is full" in text or "os error 112" in text or "quota exceeded" in text:
        return disk_full(folder)
    if "permission denied" in text or "access is denied" in text or "read-only file system" in text:
        return disk_error(PermissionError(13, "Permission denied"), folder)
    if any(words in text for words in _NO_DOWNLOAD):
        reason = output.last.removeprefix("cause: ").rstrip(".")
        return NurieError(
            tr("Python could not be downloaded: {reason}.", reason=reason),
            tr("Check the network, or install Python 3.12 from python.org, and try again."),
            code="offline",
        )
    return NurieError(
        tr("The environment could not be made: {reason}.", reason=output.last.rstrip(".")),
        tr("Try again; report it, with the diagnostics, if it happens again."),
        code="not_made",
    )


def run_nurie(environment: Path, system: str, job: Job, arguments: tuple[str, ...], seconds: float) -> Output:
    """The environment's own ``nurie``, with nobody's settings."""
    nothing = environment / "no settings.toml"
    variables = scrubbed(os.environ, NURIE_SETTINGS=str(nothing))
    command = (str(program(environment, system, "nurie")), *arguments)
    return run(command, variables, job, seconds, environment)


def doctor(environment: Path, system: str, job: Job) -> dict[str, Any]:
    """What ``nurie doctor`` finds. NurieError where it finds fault, or is of another protocol than this plugin."""
    output = run_nurie(environment, system, job, ("doctor", "--json"), _DOCTOR_SECONDS)
    found = _object(output.out)
    error = read_error(found.get("error"))
    if error is not None:
        raise error
    if output.code != 0 or "nurie" not in found:
        raise NurieError(
            tr("The backend does not run: {reason}.", reason=output.last.rstrip(".") or output.code),
            tr("Repair it; report it, with the diagnostics, if it happens again."),
            code="does_not_run",
        )
    if found.get("protocol") != PROTOCOL_VERSION:
        raise NurieError(
            tr("The plugin and the backend that it brings are of different versions."),
            tr("Install the plugin again."),
            code="protocol",
        )
    return found


def color_sample(environment: Path, system: str, job: Job, out: Path) -> None:
    """The sample drawing, coloured by the sample reference. NurieError where no picture comes of it."""
    drawing, reference = samples_folder() / "drawing.png", samples_folder() / "blue.png"
    arguments = ("colorize", str(drawing), "--reference", str(reference), "-o", str(out), "--json")
    output = run_nurie(environment, system, job, arguments, _SAMPLE_SECONDS)
    error = read_error(_object(output.out).get("error"))
    if error is not None:
        raise error
    if output.code != 0 or not out.is_file() or not out.read_bytes().startswith(_PNG):
        raise NurieError(
            tr("The sample could not be colored: {reason}.", reason=output.last.rstrip(".") or output.code),
            tr("Try again; report it, with the diagnostics, if it happens again."),
            code="does_not_run",
        )


def _object(text: str) -> dict[str, Any]:
    """The last JSON object of what a program said."""
    for line in reversed(text.splitlines()):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return {}
