"""Flags that several commands take alike."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_engine", "add_references", "add_sampling"]


def add_references(parser: argparse.ArgumentParser) -> None:
    """``--reference``, which may be given several times, as ``references``."""
    parser.add_argument(
        "--reference",
        type=Path,
        action="append",
        required=True,
        metavar="REF",
        dest="references",
        help="an image with the colours to take; may be given several times",
    )


def add_sampling(parser: argparse.ArgumentParser, *, seed: str) -> None:
    """``--steps``, ``--seed``, which means ``seed``, ``--guidance`` and ``--style``."""
    parser.add_argument("--steps", type=int, metavar="N", help="denoising steps, 1 to 100 (default: the model's)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=f"{seed} (default: 0)")
    parser.add_argument(
        "--guidance", type=float, metavar="G", help="pull of the reference, 0 to 20 (default: the model's)"
    )
    parser.add_argument(
        "--style",
        metavar="flats|shaded|soft",
        help="one colour an area; tones kept inside areas; soft tones (default: the model's picture as it is)",
    )


def add_engine(parser: argparse.ArgumentParser) -> None:
    """``--model``, ``--engine`` and ``--device``; None where settings decide."""
    parser.add_argument("--model", metavar="compact|paper|PATH", help="the model (default: compact)")
    parser.add_argument("--engine", choices=("auto", "torch", "onnx", "openvino"), help="what runs it (default: auto)")
    parser.add_argument("--device", metavar="auto|cpu|cuda[:N]|mps", help="where it runs (default: auto)")
