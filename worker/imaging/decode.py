"""Steps 3 to 5: open with an allow-list, check the header against the limits, decode."""

import math
import os
from typing import BinaryIO

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageFile
from PIL.TiffImagePlugin import STRIPBYTECOUNTS, STRIPOFFSETS, TILEBYTECOUNTS, TILEOFFSETS
from PIL.TiffImagePlugin import TiffImageFile as Tiff

from worker.imaging.av1 import check_av1_sizes
from worker.imaging.errors import BadPicture, corrupt, too_many_pixels, truncated
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
JPEGS = frozenset({"JPEG", "MPO"})
NEW_SUBFILE_TYPE, IS_PREVIEW = 254, 1
MAX_PREVIEWS = 16
SCALED_DECODE_MARGIN = 1.5
JPEG_BLOCK_BYTES = 1 << 20
"""At once, of Pillow's 64 KiB: libjpeg is quicker while it is not about to run out of bytes."""

AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False)


def open_picture(file: BinaryIO, file_type: str) -> ImageFile.ImageFile:
    """Step 3: read the header by the one decoder that belongs to the sniffed type."""
    image = Image.open(file, formats=[PILLOW_FORMATS[file_type]])
    if isinstance(image, Tiff):
        turn_to_the_picture(image)
    return image


def turn_to_the_picture(image: Tiff) -> None:
    """Turn to the first page that is no preview of another, if there is one (TIFF 6.0, tag 254)."""
    for page in range(1, MAX_PREVIEWS + 1):
        if not image.tag_v2.get(NEW_SUBFILE_TYPE, 0) & IS_PREVIEW:
            return
        try:
            image.seek(page)
        except EOFError:
            break
    image.seek(0)


def check_header(
    image: ImageFile.ImageFile, file: BinaryIO, file_type: str, recipe: Recipe
) -> None:
    """Step 4: refuse by the header, before a pixel is decoded."""
    if min(image.size) < 1:
        raise corrupt(file_type, "it has no width or no height")
    check_pixels(image.size, file_type, recipe.max_pixels)
    if file_type == "avif":
        check_av1_sizes(file)
    if _has_more_frames(image, recipe.max_frames):
        detail = f"It has over {recipe.max_frames} frames or pages: upload a shorter one."
        raise BadPicture("too_many_frames", detail, file_type)
    if isinstance(image, Tiff):
        check_strips(image, file)


def _has_more_frames(image: ImageFile.ImageFile, limit: int) -> bool:
    """Count the pages of a TIFF no further than they may go: each costs time to be found."""
    if not isinstance(image, Tiff):
        return getattr(image, "n_frames", 1) > limit
    page = image.tell()
    try:
        image.seek(limit)
    except EOFError:
        return False
    finally:
        image.seek(page)
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
    if image.format in JPEGS and factor < 1:
        width, height = (math.ceil(side * factor) for side in image.size)
        image.draft(None, (width, height))
    if image.format in JPEGS:
        image.decodermaxblock = JPEG_BLOCK_BYTES
    image.load()
    return header_size if image.format in JPEGS else image.size
