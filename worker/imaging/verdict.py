"""What an error over hostile bytes means: a verdict on them, no memory, or a disk at fault."""

import os
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image, ImageFile, PngImagePlugin, UnidentifiedImageError
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from worker.imaging.errors import BadPicture, corrupt, too_many_pixels, truncated
from worker.imaging.memory import largest_extent, may_have_lacked_memory

PngImagePlugin.MAX_TEXT_CHUNK = 16 * 1024 * 1024  # of text or a profile, unpacked

OPENERS = {
    "jpg": (JpegImageFile, "cannot handle"),
    "tiff": (TiffImageFile, "unknown pixel mode"),
    "bmp": (BmpImageFile, "Unsupported BMP"),
}
"""And what they say of a kind of pixels that they do not know, which `Image.open` keeps back."""

UNPACKED_BY_OTHERS = frozenset({"webp", "jpeg2000"})
"""Compressions of TIFF for which Pillow has a name, but its libtiff no decoder."""

READ_WHOLE = frozenset({"webp", "avif", "heic"})
"""Before anything is looked at; and that they are whole, their containers have shown."""


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


def _verdict(error: Exception, file: BinaryIO, file_type: str, max_pixels: int) -> Exception:
    text = str(error)
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        claimed = re.search(r"\d+", text)
        pixels = int(claimed.group()) if claimed else max_pixels + 1
        return too_many_pixels(file_type, pixels, max_pixels)
    if isinstance(error, OSError) and error.errno is not None:
        return error
    width, height = largest_extent(file) if file_type in READ_WHOLE else (0, 0)
    if width * height > max_pixels:  # of which libavif and libheif say no more than that it is bad
        return too_many_pixels(file_type, width * height, max_pixels)
    if "MAX_TEXT" in text:
        detail = "Its text or color profile unpacks to more than 16 MiB: save it without."
        return BadPicture("too_large", detail, file_type)
    return _damage(error, file, file_type)


def _damage(error: Exception, file: BinaryIO, file_type: str) -> Exception:
    ends_too_early = _was_read_to_its_end(file, file_type, error)
    if "truncated" in str(error).lower():
        return truncated(file_type)
    if file_type in OPENERS and _is_foreign(file, file_type):
        detail = (
            f"This {file_type} keeps its pixels in a way that is not read: save it with 8 bits."
        )
        return BadPicture("unsupported_format", detail, file_type)
    if ends_too_early:
        return truncated(file_type)
    if "memory" in str(error).lower() or may_have_lacked_memory(file, file_type):
        return MemoryError("for what the header promises")
    return corrupt(file_type, "its pixels or its header make no sense")


def _was_read_to_its_end(file: BinaryIO, file_type: str, error: Exception) -> bool:
    """Whether a header could not be read because there was no more of it."""
    if file_type in READ_WHOLE or not isinstance(
        error, UnidentifiedImageError | EOFError | struct.error
    ):
        return False
    return file.tell() >= os.fstat(file.fileno()).st_size


def _is_foreign(file: BinaryIO, file_type: str) -> bool:
    """Whether its header is sound, but of a kind of pixels that Pillow does not know."""
    file.seek(0)
    opener, words = OPENERS[file_type]
    warnings.simplefilter("error")  # a header that was cut off is only warned of
    try:
        image = opener(file)
    except Exception as error:  # noqa: BLE001 - of what else is wrong with it, its first error tells
        has_foreign_compression = file_type == "tiff" and isinstance(error.__cause__, KeyError)
        return words in str(error) or has_foreign_compression
    return image.info.get("compression") in UNPACKED_BY_OTHERS
