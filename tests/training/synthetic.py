"""A small data folder made on the spot, whose colours are coordinates: what belongs together looks the same.

Red is x and green is y (0..255 over the picture or the figure) and blue is 0, so a correspondence is right exactly when
both its ends have one colour.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nurie.model.matcher import MatcherConfig
from nurie.training.pack import pack

SIDE = 512
RADIUS = 110
MIDDLES = ((200, 190), (310, 320))
"""Where the disc of each "3D" picture lies: one figure in two places."""
TINY_MATCHER = MatcherConfig(stem=8, width=8, dim=16, layers=1, heads=2, descriptor=8)


def coordinates(width: int, height: int) -> NDArray[np.uint8]:
    """(H, W, 3): red rises to the right, green downwards."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, width)
    picture[..., 1] = np.linspace(0, 255, height)[:, None]
    return picture


def make_pack(folder: Path) -> Path:
    """A data folder with every kind of picture and its pack; the pack."""
    train = folder / "data" / "train"
    train.mkdir(parents=True)
    items = [_coordinate_picture(train), *(_drawing(train, kind) for kind in ("vector", "icon"))]
    items += [_solid(train, number) for number in range(len(MIDDLES))]
    (train / "solid" / "regions.json").write_text(json.dumps({"rest_box": [[-1, 0, -1], [1, 2, 1]]}))
    (train / "manifest.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    pack(folder / "data", folder / "pack", workers=1)
    return folder / "pack"


def _item(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "file": f"train/{name}.png", "group": kind, "source": kind, "kind": kind} | more


def _coordinate_picture(train: Path) -> dict[str, Any]:
    Image.fromarray(coordinates(SIDE, SIDE)).save(train / "coordinates.png")
    return _item("coordinates", "drawn")


def _drawing(train: Path, kind: str) -> dict[str, Any]:
    """A figure of two ellipses on transparent ground, and its line art."""
    color, line = Image.new("RGBA", (300, 400), (0, 0, 0, 0)), Image.new("L", (300, 400), 255)
    for box, fill in (((20, 30, 280, 370), (200, 90, 40)), ((90, 100, 200, 220), (60, 120, 220))):
        ImageDraw.Draw(color).ellipse(box, fill=(*fill, 255), outline=(20, 20, 20, 255), width=4)
        ImageDraw.Draw(line).ellipse(box, outline=0, width=4)
    color.save(train / f"{kind}.png")
    line.save(train / f"{kind}_line.png")
    return _item(kind, kind, line=f"train/{kind}_line.png")


def _solid(train: Path, number: int) -> dict[str, Any]:
    """A disc at one of its places: its colours, region 1 of its ids and its rest positions are its own coordinates."""
    folder = train / "solid"
    folder.mkdir(exist_ok=True)
    x, y = MIDDLES[number]
    rows, columns = np.mgrid[:SIDE, :SIDE]
    disc = np.hypot(columns - x, rows - y) < RADIUS
    color, pos = np.full((SIDE, SIDE, 3), 255, np.uint8), np.zeros((SIDE, SIDE, 4), np.uint8)
    for channel, offset in ((0, columns - x), (1, rows - y)):
        own = ((offset + RADIUS) * (255 / (2 * RADIUS))).clip(0, 255).astype(np.uint8)
        color[..., channel][disc], pos[..., channel][disc] = own[disc], own[disc]
    color[..., 2][disc], pos[..., 3][disc] = 0, 255
    Image.fromarray(color).save(folder / f"{number}.png")
    Image.fromarray(disc.astype(np.uint8)).save(folder / f"{number}_ids.png")
    Image.fromarray(pos[2::4, 2::4]).save(folder / f"{number}_pos.png")
    extra = {name: f"train/solid/{number}_{name}.png" for name in ("ids", "pos")}
    return _item(f"solid/{number}", "3d", line=None, palette="p00", **extra)
