"""What is measured: one case for every combination asked for, and the order in which they take turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, TypeVar

from nurie.device import POLICIES, parse_device
from nurie.protocol import UsageError

__all__ = ["PEER", "Case", "Skipped", "grid", "turns"]

PEER = "peer"
"""The name, among engines and models, of what stands beside ours."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Case:
    """One engine on one device with one model at one working size; its process tries every number of ``steps``.

    size: side in pixels of the square canvas that the denoiser sees; None is the model's own.
    """

    engine: str
    device: str
    model: str
    size: int | None
    steps: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Skipped:
    """A combination that cannot run here, and why."""

    case: Case
    why: str


def grid(
    engines: Iterable[str],
    devices: Iterable[str],
    models: Iterable[str],
    sizes: Iterable[int | None],
    steps: tuple[int, ...],
) -> list[Case]:
    """Every combination that the table of policies allows, engines turning fastest; auto is allowed anywhere.

    UsageError for a device that is none.
    """
    cases = []
    for model, size, device, engine in product(models, sizes, devices, engines):
        wanted = parse_device(device)
        if wanted is None:
            raise UsageError("A benchmark measures devices by name.", "Use cpu, cuda, cuda:N or mps.")
        if engine == "auto" or any(row.engine == engine and row.kind == wanted.kind for row in POLICIES):
            cases.append(Case(engine, str(wanted), model, size, steps))
    return cases


def turns(items: Sequence[Item], rounds: int) -> Iterator[Item]:
    """Every item once a round; each round begins one item later, so that nothing always follows the same load."""
    for number in range(rounds):
        start = number % max(1, len(items))
        yield from items[start:]
        yield from items[:start]
