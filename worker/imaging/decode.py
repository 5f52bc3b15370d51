"""Steps 3 to 5: open with an allow-list, check the header against the limits, decode."""

import math
import os
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageFile, PngImagePlugin, UnidentifiedImageError
from PIL.TiffImagePlugin import STRIPBYTECOUNTS, STRIPOFFSETS, TILEBYTECOUNTS, TILEOFFSETS
from PIL.TiffImagePlugin import TiffImageFile as Tiff

from worker.imaging.errors import BadPicture, corrupt, truncated
from worker.imaging.memory import may_have_lacked_memory
from worker.imaging.model import Recipe

PILLOW_FORMATS = {
    "jpg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "tiff": "TIFF",
    "bmp": "BMP",
    "avif": "AVIF",
    "heic": "HEIF",
    "jp2": "JPEG2000",
    "ico": "ICO",
}
SCALED_DECODE_MARGIN = 1.5
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False)
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 1024 * 1024  # of text or a profile, unpacked


@contextmanager
def judging(file: BinaryIO, file_type: str, max_pixels: int) -> Iterator[None]:
    """Turn what Pillow raises over hostile bytes into BadPicture; a disk's errors stay errors."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except (BadPicture, MemoryError):
            raise
        except Exception as error:
            raise _verdict(error, file, file_type, max_pixels) from error


def open_picture(file: BinaryIO, file_type: str) -> ImageFile.ImageFile:
    """Step 3: read the header by the one decoder that belongs to the sniffed type."""
    return Image.open(file, formats=[PILLOW_FORMATS[file_type]])


def check_header(
    image: ImageFile.ImageFile, file: BinaryIO, file_type: str, recipe: Recipe
) -> None:
    """Step 4: refuse by the header, before a pixel is decoded."""
    if min(image.size) < 1:
        raise corrupt(file_type, "it has no width or no height")
    check_pixels(image.size, file_type, recipe.max_pixels)
    if _has_more_frames(image, recipe.max_frames):
        detail = f"It has over {recipe.max_frames} frames or pages: upload a shorter one."
        raise BadPicture("too_many_frames", detail, file_type)
    if isinstance(image, Tiff):
        check_strips(image, file)


def _has_more_frames(image: ImageFile.ImageFile, limit: int) -> bool:
    """Count the pages of a TIFF no further than they may go: each costs time to be found."""
    if not isinstance(image, Tiff):
        return getattr(image, "n_frames", 1) > limit
    try:
        image.seek(limit)
    except EOFError:
        return False
    finally:
        image.seek(0)
    return True


def check_strips(image: Tiff, file: BinaryIO) -> None:
    """Compare where the strips or tiles of a TIFF should be with the length of the file."""
    length = file.seek(0, os.SEEK_END)
    for at, size in ((STRIPOFFSETS, STRIPBYTECOUNTS), (TILEOFFSETS, TILEBYTECOUNTS)):
        ends = zip(image.tag_v2.get(at, ()), image.tag_v2.get(size, ()), strict=False)
        if any(offset + count > length for offset, count in ends):
            raise truncated("tiff")


def check_pixels(size: tuple[int, int], file_type: str, max_pixels: int) -> None:
    """Refuse what is larger than a picture may be."""
    pixels = size[0] * size[1]
    if pixels > max_pixels:
        raise too_many_pixels(file_type, pixels, max_pixels)


def decode(image: ImageFile.ImageFile, largest_px: int) -> tuple[int, int]:
    """Step 5: decode the first frame, a JPEG scaled down while it stays 1.5 times `largest_px`.

    Returns its full size, which the picture within an ICO or HEIC may know better than its header.
    """
    header_size = image.size
    factor = SCALED_DECODE_MARGIN * largest_px / max(image.size)
    if image.format in {"JPEG", "MPO"} and factor < 1:
        width, height = (math.ceil(side * factor) for side in image.size)
        image.draft(None, (width, height))
    image.load()
    return header_size if image.format in {"JPEG", "MPO"} else image.size


def too_many_pixels(file_type: str, pixels: int, max_pixels: int) -> BadPicture:
    """Blame a header that claims `pixels`."""
    detail = (
        f"It has {pixels / 1e6:.0f} million pixels, more than {max_pixels / 1e6:.0f} million:"
        " upload a smaller one."
    )
    return BadPicture("too_many_pixels", detail, file_type)


def _verdict(error: Exception, file: BinaryIO, file_type: str, max_pixels: int) -> Exception:
    text = str(error)
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        claimed = re.search(r"\d+", text)
        pixels = int(claimed.group()) if claimed else max_pixels + 1
        return too_many_pixels(file_type, pixels, max_pixels)
    if isinstance(error, OSError) and error.errno is not None:
        return error
    if "MAX_TEXT" in text:
        detail = "Its text or colour profile unpacks to more than 16 MiB: save it without."
        return BadPicture("too_large", detail, file_type)
    if "truncated" in text.lower() or _was_read_to_its_end(file, file_type, error):
        return truncated(file_type)
    if may_have_lacked_memory(file, file_type):
        return MemoryError("for what the header promises")
    return corrupt(file_type, "its pixels or its header make no sense")


def _was_read_to_its_end(file: BinaryIO, file_type: str, error: Exception) -> bool:
    """Whether a header could not be read because there was no more of it."""
    if file_type == "webp" or not isinstance(
        error, UnidentifiedImageError | EOFError | struct.error
    ):
        return False  # a WebP is read whole before anything is looked at
    return file.tell() >= os.fstat(file.fileno()).st_size
