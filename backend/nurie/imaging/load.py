"""Opening pictures: every file kind an artist may hold, checked, upright and in 8-bit sRGB."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Union

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from nurie.imaging.depth import to_eight
from nurie.protocol import InputError

__all__ = ["MAX_PIXELS", "MAX_SIDE", "Source", "check_bytes", "describe", "from_bytes", "open_image"]

Source = Union[str, "os.PathLike[str]", Image.Image, NDArray[np.uint8], NDArray[np.uint16]]
"""What a caller may hand over as a picture: a path, an open Pillow image, or levels (H, W) or (H, W, 1, 3 or 4)."""

MAX_SIDE = 20_000
MAX_PIXELS = 150_000_000

# Formats that Pillow decodes by itself. EPS, for one, would start Ghostscript on a file from anywhere.
_COMMON = ("PNG", "JPEG", "BMP", "GIF", "PPM")
_OTHERS = ("WEBP", "TIFF", "TGA", "AVIF", "JPEG2000", "PSD", "ICO")
# What Pillow's decoders are known to raise on damaged data.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error)


def open_image(source: Source, what: str = "picture", *, max_side: int = MAX_SIDE) -> Image.Image:
    """Open a picture as 8-bit sRGB: mode RGB, or RGBA when the file has transparency.

    `what` names the picture's part in error sentences ("sketch", "reference"). EXIF rotation is applied, palettes and
    CMYK are converted (by the embedded colour profile where there is one), 16-bit is brought to 8 (`load_deep` has the
    16), and of an animation the first frame is taken. Raises InputError, one sentence naming the file, for a missing,
    empty, truncated or non-image file and for one above ``max_side`` or `MAX_PIXELS`.
    """
    if isinstance(source, np.ndarray):
        source = _from_array(source, describe(source, what))
    if isinstance(source, Image.Image):
        name = describe(source, what)
        _check_size(source.size, name, max_side)
        return _decode(source, name)
    path = Path(source)
    name = describe(source, what)
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{name} is an empty file.", "Save it again from your drawing program.")
        with warnings.catch_warnings():
            # Pillow's own limit warns from 89 megapixels on; ours follows and is an error with a sentence.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with _recognise(path) as image:
                _check_size(image.size, name, max_side)
                return _decode(image, name)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{name} does not exist.", "Check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{name} is a folder, not a picture.", "Name a file in it.") from None
    except PermissionError:
        raise InputError(f"{name} may not be read.", "Check the file's permissions.") from None
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except UnidentifiedImageError:
        raise InputError(f"{name} is not a picture that can be read.", "Use PNG, JPEG, WebP, TIFF or PSD.") from None
    except MemoryError:
        raise _too_large(name) from None
    except (*_DAMAGE, zlib.error) as error:
        raise _damaged(name, error) from error


def from_bytes(data: bytes, what: str = "picture", formats: tuple[str, ...] = ("PNG", "JPEG")) -> Image.Image:
    """A picture held in memory, recognised and measured but not decoded yet; `open_image` takes it from there.

    Only ``formats`` (Pillow's names) are tried. InputError, naming the part `what`, as `open_image` has it.
    """
    name = f"The {what}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError:
        raise InputError(f"{name} is not {' or '.join(formats)}.", "Save it as one of these.") from None
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except (*_DAMAGE, zlib.error) as error:
        raise _damaged(name, error) from error
    _check_size(image.size, name)
    return image


def check_bytes(data: bytes, what: str = "picture", *, max_side: int = MAX_SIDE) -> None:
    """InputError for a picture in memory that is none, is above ``max_side`` px, or whose PNG checksums are wrong.

    Nothing is decoded: damage that only decoding shows is found later.
    """
    image = from_bytes(data, what)
    if max(image.size) > max_side:
        size = f" ({image.width} x {image.height} px)"
        raise InputError(f"The {what} is too large{size}.", f"Scale it down to {max_side} px a side or less.")
    try:
        image.verify()
    except (*_DAMAGE, zlib.error) as error:
        raise _damaged(f"The {what}", error) from error


def _from_array(levels: NDArray[np.uint8] | NDArray[np.uint16], name: str) -> Image.Image:
    channels = levels.shape[2] if levels.ndim == 3 else 1
    if levels.dtype not in (np.uint8, np.uint16) or levels.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise InputError(
            f"{name} is an array {levels.shape} of {levels.dtype}.",
            "Give levels, uint8 or uint16, of shape (H, W), (H, W, 3) or (H, W, 4).",
        )
    if levels.size == 0:
        raise InputError(f"{name} has no pixels.", "Save it again from your drawing program.")
    return Image.fromarray(np.ascontiguousarray(to_eight(levels if channels > 1 else levels.reshape(levels.shape[:2]))))


def _recognise(path: Path) -> Image.Image:
    """Open by content. Only the common formats are there at once; Pillow takes a tenth of a second to find the rest."""
    try:
        return Image.open(path, formats=_COMMON)
    except UnidentifiedImageError:
        Image.init()
        return Image.open(path, formats=[name for name in _OTHERS if name in Image.OPEN])


def _decode(image: Image.Image, name: str) -> Image.Image:
    try:
        image.load()
        upright = ImageOps.exif_transpose(image) or image
        return _to_srgb(_to_eight_bits(upright), image.info.get("icc_profile"))
    except MemoryError:
        raise _too_large(name) from None
    except (*_DAMAGE, zlib.error) as error:
        raise _damaged(name, error) from error


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Pillow's one-channel deep modes (I;16*, I, F) to L; every other mode has 8 bits already."""
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    values = np.asarray(image, dtype=np.float64)
    top = 65535.0
    if image.mode == "F":
        # Float TIFFs hold [0, 1] by convention, some hold [0, 255].
        top = 1.0 if np.nanmax(values, initial=0.0) <= 1.0 else 255.0
    grey = np.clip(np.nan_to_num(values) / top * 255 + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(grey, "L")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        # Through RGBA even when opaque: Pillow warns about palettes whose transparency would be dropped.
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() == (255, 255):
            image = image.convert("RGB")
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target)
            if converted is not None:
                return _bare(converted)
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that cannot be used says nothing about the pixels: take them as they are
    return _bare(image.convert(target))


def _bare(image: Image.Image) -> Image.Image:
    """Without metadata, which (EXIF rotation, profile) no longer holds."""
    image.info = {}
    return image


def _check_size(size: tuple[int, int], name: str, max_side: int = MAX_SIDE) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise InputError(f"{name} has no pixels.", "Save it again from your drawing program.")
    if max(width, height) > max_side or width * height > MAX_PIXELS:
        raise _too_large(name, f" ({width} x {height} px)", max_side)


def _too_large(name: str, size: str = "", max_side: int = MAX_SIDE) -> InputError:
    limit = f"at most {max_side} px a side and {MAX_PIXELS // 1_000_000} megapixels"
    return InputError(f"{name} is too large{size}.", f"Scale it down to {limit}.")


def _damaged(name: str, error: BaseException) -> InputError:
    reason = str(error).split("\n")[0][:120]
    return InputError(
        f"{name} is damaged or cut short{f' ({reason})' if reason else ''}.", "Save it again from your drawing program."
    )


def describe(source: Source, what: str) -> str:
    """How an error sentence begins: "The sketch FILE", or "The sketch" for an image without a file."""
    if isinstance(source, np.ndarray):
        return f"The {what}"
    name = getattr(source, "filename", "") if isinstance(source, Image.Image) else os.fspath(source)
    return f"The {what} {name}" if name else f"The {what}"
