"""``nurie recolor``: another colour for an area or a material of a layered file, without running the model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nurie.cli.report import print_json
from nurie.protocol import UsageError

if TYPE_CHECKING:
    from nurie.cli.parser import Commands

__all__ = ["add_command"]


def add_command(commands: Commands) -> None:
    """``recolor``."""
    parser = commands.add_parser(
        "recolor",
        help="give an area of a layered file another colour",
        description="Give an area, or everything of its colour, another colour in an .ora file that 'nurie colorize' "
        "wrote. Shadows and highlights follow; no model runs.",
    )
    parser.add_argument("layers", type=Path, metavar="IN.ora", help="what 'nurie colorize -o IN.ora' wrote")
    parser.add_argument("--at", type=int, nargs=2, required=True, metavar=("X", "Y"), help="a pixel of the area")
    parser.add_argument("--color", metavar="#RRGGBB", help="the new colour")
    parser.add_argument(
        "--from", dest="source", nargs=3, metavar=("REF", "X", "Y"), help="or the colour of a reference's pixel"
    )
    parser.add_argument("--everywhere", action="store_true", help="wherever the picture has this colour")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=".ora, .psd, .png or .webp")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, recolour, write."""
    if (arguments.color is None) == (arguments.source is None):
        raise UsageError("A new colour is needed.", "Give --color #RRGGBB, or --from REFERENCE X Y.")

    from nurie.cli.output import check_output
    from nurie.imaging.layers import merge
    from nurie.imaging.openraster import read_openraster
    from nurie.imaging.recolor import parse_color, recolored
    from nurie.imaging.write import LAYERED, save_atomic, save_layers

    if arguments.output.resolve() != arguments.layers.resolve():
        check_output(arguments.output, [])
    rgb = _picked(*arguments.source) if arguments.color is None else parse_color(arguments.color)
    x, y = arguments.at
    stack, share = recolored(read_openraster(arguments.layers), x, y, rgb, everywhere=arguments.everywhere)
    if arguments.output.suffix.lower() in LAYERED:
        save_layers(stack, arguments.output)
    else:
        from nurie.imaging.depth import as_picture

        save_atomic(as_picture(merge(stack)), arguments.output)
    if arguments.json:
        print_json({"output": str(arguments.output), "color": list(rgb), "share": round(share, 6)})
    else:
        print(f"{arguments.output}: {share:.1%} of the picture recoloured")
    return 0


def _picked(reference: str, column: str, row: str) -> tuple[int, int, int]:
    from nurie.imaging.load import open_image

    image = open_image(Path(reference), "reference").convert("RGB")
    if not (column.isdecimal() and row.isdecimal()):
        raise UsageError(f"{column} {row} is no pixel of the reference.", "Give two whole numbers, X and Y.")
    x, y = int(column), int(row)
    if x >= image.width or y >= image.height:
        raise UsageError(f"({x}, {y}) lies outside the reference of {image.width} x {image.height} px.")
    red, green, blue = image.crop((x, y, x + 1, y + 1)).tobytes()
    return red, green, blue
