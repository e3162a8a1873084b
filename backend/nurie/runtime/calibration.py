"""What ``auto`` goes by: a short measurement of the engines on this machine, kept in the user's cache folder.

It is made when asked for (``nurie doctor --calibrate``) and by a server that rests (``nurie serve --calibrate``), never
while somebody waits for a drawing: measuring takes longer than a first drawing would gain. What is kept counts only
for the machine, the engine versions and the model that it was made with; anything else, and a damaged file, counts as
not there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from nurie import __version__
from nurie.device import EngineName
from nurie.runtime.choice import Choice, variants_for
from nurie.runtime.description import read_description
from nurie.runtime.hardware import processor_name, thread_count
from nurie.runtime.store import StoredModel
from nurie.runtime.trial import Trial, run_trial

__all__ = ["Calibration", "calibrate", "calibration_file", "calibration_rows", "choose", "machine_key"]
__all__ += ["package_version", "recall"]

FORMAT = 1
NEAR = 1.05
"""The plain choice stays where no other is faster by more: measurements differ by that much from one to the next."""
ROUNDS = 2
_KEPT = 16
_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "openvino", "torch")


@dataclass(frozen=True)
class Calibration:
    """What was measured, best first, for a colouring of ``steps`` steps; ``chosen`` is one of the rows' choices."""

    made: str
    steps: int
    chosen: Choice
    rows: tuple[Trial, ...]

    def why(self) -> str:
        """The choice and its reason, in one sentence."""
        times = {row.choice: row.coloring(self.steps) for row in self.rows}
        others = [row for row in self.rows if row.choice != self.chosen and row.failure is None]
        reason = f"{self.chosen} colors in {times[self.chosen]:.2f} s"
        if not others:
            return f"{reason}; nothing else runs here"
        ratio = times[others[0].choice] / times[self.chosen]
        text = f"{reason}; {others[0].choice} takes {ratio:.2f} times as long"
        return text if ratio >= 1 else f"{text}, too little less to leave the plain choice"


def calibration_rows(found: Calibration) -> list[dict[str, Any]]:
    """The table for people and programs, best first: seconds, and the ratio to the fastest."""
    fastest = found.rows[0].coloring(found.steps)
    return [
        {"engine": row.choice.engine, "precision": row.choice.variant, "threads": row.choice.threads}
        | (
            {"failure": row.failure}
            if row.failure is not None
            else {
                "coloring": round(row.coloring(found.steps), 4),
                "ratio": round(row.coloring(found.steps) / fastest, 3),
                "step": round(row.step, 4),
                "match": round(row.match, 4),
                "load": round(row.load, 3),
                "chosen": row.choice == found.chosen,
            }
        )
        for row in found.rows
    ]


def calibration_file() -> Path:
    """Where measurements are kept; ``NURIE_CALIBRATION`` names another place."""
    named = os.environ.get("NURIE_CALIBRATION")
    return Path(named) if named else user_cache_path("nurie", appauthor=False) / "calibration.json"


def machine_key(stored: StoredModel) -> str:
    """Everything a measurement depends on; another value means that it tells nothing."""
    versions = [f"{name} {version}" for name in _PACKAGES if (version := package_version(name))]
    files = {} if stored.manifest is None else stored.manifest.files
    model = ",".join(sorted(entry.sha256[:16] for entry in files.values())) or str(stored.weights)
    return "; ".join([f"nurie {__version__}", processor_name(), f"{thread_count()} threads", *versions, model])


def recall(stored: StoredModel) -> Calibration | None:
    """What was measured here for this model; None where nothing was, or it cannot be read."""
    # Without measurements nothing is looked up: reading packages' versions would take part of a first drawing's time.
    entries = _read()
    try:
        entry = entries.get(machine_key(stored)) if entries else None
        return None if entry is None else _from_dict(entry)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def calibrate(
    stored: StoredModel,
    engines: Sequence[EngineName],
    told: Callable[[Trial], None] = lambda trial: None,
    trial: Callable[[Path, Choice], Trial] = run_trial,
    *,
    busy: bool = False,
) -> Calibration | None:
    """Measure the CPU's engines, keep and return what was found; None where none of them runs.

    Every engine and variant runs on one thread a core; then the best of them on other numbers of threads. Rounds take
    turns and each choice's faster one counts, so that what else the machine does hits all of them alike, but not all
    numbers of threads: several wait for each other. On a ``busy`` machine no other number is tried.
    """
    steps = read_description(stored.weights).sampling.steps
    cores = thread_count()
    found = _rounds(
        [Choice(engine, variant, cores) for engine in engines for variant in variants_for(stored, engine)],
        lambda choice: trial(stored.weights, choice),
        told,
        steps,
    )
    working = [row for row in found if row.failure is None]
    if not working:
        return None
    best = min(working, key=lambda row: row.coloring(steps)).choice
    counts = () if busy else _thread_counts(cores)
    others = [Choice(best.engine, best.variant, threads) for threads in counts if threads != cores]
    found += _rounds(others, lambda choice: trial(stored.weights, choice), told, steps)
    rows = tuple(sorted(found, key=lambda row: row.coloring(steps)))
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    result = Calibration(made, steps, choose(rows, steps, [Choice.plain(engine) for engine in engines]), rows)
    _write(machine_key(stored), result)
    return result


def choose(rows: Sequence[Trial], steps: int, plain: Sequence[Choice]) -> Choice:
    """The fastest row's choice; the first of the ``plain`` ones instead where that is as good as the fastest."""
    best = min(rows, key=lambda row: row.coloring(steps))
    first = next((row for choice in plain for row in rows if row.choice == choice and row.failure is None), best)
    return first.choice if first.coloring(steps) <= NEAR * best.coloring(steps) else best.choice


def _rounds(
    choices: Sequence[Choice], trial: Callable[[Choice], Trial], told: Callable[[Trial], None], steps: int
) -> list[Trial]:
    best: dict[Choice, Trial] = {}
    for number in range(ROUNDS):
        for choice in choices:
            if number and best[choice].failure is not None:
                continue
            row = trial(choice)
            if number == 0 or row.coloring(steps) < best[choice].coloring(steps):
                best[choice] = row
            if number == ROUNDS - 1 or row.failure is not None:
                told(best[choice])
    return list(best.values())


def _thread_counts(cores: int) -> Iterator[int]:
    """What may be better than one thread a core: half of them (some cores are slow), or every logical processor."""
    yield from sorted({max(1, cores // 2), cores, os.cpu_count() or cores})


def _read() -> dict[str, Any]:
    try:
        content = json.loads(calibration_file().read_text(encoding="utf-8"))
        entries = content["machines"] if content["format"] == FORMAT else {}
        return entries if isinstance(entries, dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(key: str, found: Calibration) -> None:
    """Whole or not at all. A folder that cannot be written to only means that nothing is remembered."""
    entries = {name: entry for name, entry in _read().items() if name != key}
    entries = dict(list(entries.items())[-_KEPT + 1 :]) | {key: asdict(found)}
    path = calibration_file()
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps({"format": FORMAT, "machines": entries}, indent=1), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _from_dict(entry: dict[str, Any]) -> Calibration:
    rows = tuple(Trial(**{**row, "choice": Choice(**row["choice"])}) for row in entry["rows"])
    found = Calibration(str(entry["made"]), int(entry["steps"]), Choice(**entry["chosen"]), rows)
    if found.chosen not in [row.choice for row in rows if row.failure is None]:
        raise ValueError("the choice was not measured")
    return found


def package_version(package: str) -> str | None:
    """Of an installed package; None for one that is not."""
    import importlib.metadata  # here: it takes long, and engines are opened without it

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
