"""``python tests/server/fuzz_decoder.py -max_total_time=600``: a coverage-guided search for pictures that harm.

By hand, as it never ends by itself: ``pip install atheris`` first. It runs what the server does with a picture that
arrives, and what a job does with it later; anything but an InputError is a find, which libFuzzer writes to a file.
"""

from __future__ import annotations

import importlib
import io
import random
import struct
import sys
import zlib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "backend"), str(REPOSITORY / "tests")]

atheris = importlib.import_module("atheris")
with atheris.instrument_imports(include=["nurie", "PIL"]):
    from PIL import Image, JpegImagePlugin, PngImagePlugin  # noqa: F401 - instrumented where they are first imported

    from nurie.imaging.load import check_bytes, from_bytes, open_image
    from nurie.protocol import InputError
    from nurie.server.limits import Limits

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = 1 << 20
"""Larger ones are only checked: decoding them says nothing new and takes the time of a thousand small ones."""


def one(data: bytes) -> None:
    """What happens to an upload."""
    try:
        check_bytes(data, "image", max_side=Limits().image_side)
        image = from_bytes(data, "sketch")
        if image.width * image.height <= _PIXELS:
            open_image(image, "sketch").tobytes()
    except InputError as error:
        if not str(error):
            raise ValueError("an error without a sentence") from error


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """libFuzzer's own change; of a PNG file mostly with its checksums put right, or nothing behind them is reached."""
    changed: bytes = atheris.Mutate(data, max_size)
    return mended(changed)[:max_size] if random.Random(seed).random() < 0.8 else changed


def mended(data: bytes) -> bytes:
    """A PNG file with the right checksum for each chunk that is whole; anything else as it is."""
    if not data.startswith(_SIGNATURE):
        return data
    parts, at = [_SIGNATURE], len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + length]
        if len(body) < 4 + length or at + 12 + length > len(data):
            break
        parts += [data[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + length
    return b"".join([*parts, data[at:]])


def write_seeds(folder: Path) -> None:
    """One small picture of each kind that the decoders tell apart."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.radial_gradient("L").resize((24, 16))
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        _save(folder / f"{mode.replace(';', '')}.png", picture.convert(mode), "PNG")
    _save(folder / "interlaced-profile.png", picture.convert("RGB"), "PNG", icc_profile=b"no profile", dpi=(72, 72))
    for mode in ("L", "RGB", "CMYK"):
        _save(folder / f"{mode}.jpg", picture.convert(mode), "JPEG")
    exif = Image.Exif()
    exif[0x0112] = 6
    _save(folder / "turned.jpg", picture.convert("RGB"), "JPEG", exif=exif, progressive=True)


def _save(path: Path, image: Image.Image, kind: str, **options: object) -> None:
    file = io.BytesIO()
    image.save(file, kind, **options)
    path.write_bytes(file.getvalue())


if __name__ == "__main__":
    corpus = REPOSITORY / "build" / "fuzz" / "pictures"
    write_seeds(corpus)
    options = ["-max_len=4096", "-rss_limit_mb=1500", "-timeout=60", f"-artifact_prefix={corpus.parent}/"]
    atheris.Setup([sys.argv[0], *options, *sys.argv[1:], str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()
