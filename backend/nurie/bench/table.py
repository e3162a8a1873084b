"""A report as a table: for a terminal, or as Markdown for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["align", "head", "markdown", "row", "text"]

# Ratios first: they hold on a busy machine too.
_COLUMNS = (
    ("× peer", "times_peer", 1, ".1f"),
    ("× best", "of_best", 1, ".2f"),
    ("engine", "engine", None, ""),
    ("device", "device", None, ""),
    ("model", "model", None, ""),
    ("px", "size", 1, "d"),
    ("steps", "steps", 1, "d"),
    ("start s", "start", 1, ".2f"),
    ("load s", "load", 1, ".2f"),
    ("encode ms", "encode", 1e3, ".0f"),
    ("warp ms", "warp", 1e3, ".0f"),
    ("step ms", "step", 1e3, ".0f"),
    ("imaging ms", "imaging", 1e3, ".0f"),
    ("total s", "total", 1, ".2f"),
    ("of ceiling", "of_ceiling", 100, ".0f"),
    ("peak MB", "peak_bytes", 1e-6, ".0f"),
    ("GPU MB", "device_bytes", 1e-6, ".0f"),
    ("J", "joules", 1, ".1f"),
)
_PERCENT = {"of_ceiling"}
_OPTIONAL = {"device_bytes", "joules"}
"""Columns that are left out where no row has anything in them."""


def text(report: Mapping[str, Any]) -> str:
    """For a terminal: aligned columns."""
    return "\n".join([*head(report), "", *align(_cells(report)), "", *_foot(report)])


def markdown(report: Mapping[str, Any]) -> str:
    """The same as Markdown, each cell its own."""
    header, *rows = _cells(report)
    lines = [row(header), row(["---:" if _is_number(name) else "---" for name in header]), *map(row, rows)]
    return "\n".join(
        [*(f"{line}  " for line in head(report)), "", *lines, "", *(f"- {line}" for line in _foot(report))]
    )


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with every column as wide as its widest cell; numbers to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    numbers = [_is_number(name) for name in rows[0]]
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in rows
    ]


def _cells(report: Mapping[str, Any]) -> list[list[str]]:
    rows = report["rows"]
    columns = [column for column in _COLUMNS if column[1] not in _OPTIONAL or any(row[column[1]] for row in rows)]
    return [[name for name, *_ in columns], *([_cell(row, *column[1:]) for column in columns] for row in rows)]


def _cell(row: Mapping[str, Any], key: str, scale: float | None, form: str) -> str:
    value = row[key]
    if value is None:
        return "–"
    if key == "engine" and row["asked"] != value:
        return f"{row['asked']} ({value})" if row["asked"] == "auto" else str(value)
    if scale is None:
        return str(value)
    return f"{value * scale:{form}}{' %' if key in _PERCENT else ''}"


def head(report: Mapping[str, Any]) -> list[str]:
    """Lines about the machine and how it was measured."""
    found = report["machine"]
    memory = f", {found['memory_bytes'] / 2**30:.0f} GiB" if found["memory_bytes"] else ""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    load = "" if found["load"] is None else f", load {found['load']:.1f} at the start"
    return [
        f"{found['date']}, Nurie {found['nurie']}: {found['processor']}, {found['processors']} processors{memory}, "
        f"{found['threads']} threads{load}",
        f"{found['system']}, Python {found['python']}, {versions}; medians of {report['rounds']} interleaved runs, "
        "each in a process of its own",
        *(
            f"ceiling of {device}: {_products(ceiling['flops'])}, copy {ceiling['bytes'] / 1e9:.1f} GB/s "
            f"({ceiling['library']})"
            for device, ceiling in report.get("ceilings", {}).items()
        ),
        *report["warnings"],
    ]


def _products(flops: Mapping[str, float]) -> str:
    return ", ".join(f"{rate / 1e9:,.0f} GFLOP/s {precision}" for precision, rate in flops.items())


def _foot(report: Mapping[str, Any]) -> list[str]:
    return [
        *(
            f"{one['engine']} {one['device']}, {one['model']}, {one['size']} px, {one['steps']} steps, profiled: "
            f"{100 * one['matrix_seconds'] / one['seconds']:.0f} % of a colouring in matrix and convolution kernels, "
            f"{100 * one['kernel_seconds'] / one['seconds']:.0f} % in the networks"
            for one in report["kernels"]
        ),
        *(
            f"{'kept' if goal['kept'] else 'MISSED'}: {goal['what']}: {goal['found']:.2f} ({goal['asked']})"
            for goal in report["goals"]
        ),
        *(
            f"left out: {one['engine']} {one['device']} {one['model']} {one['size'] or ''}: {one['why']}"
            for one in report["skipped"]
        ),
    ]


def row(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _is_number(name: str) -> bool:
    return next((scale is not None for known, _, scale, _ in _COLUMNS if known == name), True)
