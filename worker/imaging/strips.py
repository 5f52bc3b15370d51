"""Part of step 5: a large PNG decoded in strips, each shrunk as it comes.

Pillow decodes a PNG whole, at four bytes a pixel: 400 MB for 100 million pixels. Here the data are
unpacked bit by bit, and every few rows given to Pillow's decoder as a small PNG stream of their
own, after the row before them, to which their filters refer.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, ImageFile
from zlib_ng import zlib_ng

from worker.imaging.color import to_plain_mode
from worker.imaging.errors import truncated
from worker.imaging.scanlines import packed_blocks

LARGE_PIXELS = 25_000_000
"""From here on it pays: below, a picture takes at most 100 MB, and whole is a little faster."""

SHRUNK_MARGIN = 2
"""A strip is averaged down to no less than this times the largest thumbnail: libvips's margin."""

STRIP_BYTES = 4 << 20
STORED_BYTES = 0xFFFF
STREAM_HEAD = b"\x78\x01"
UNFILTERED = b"\0"
BYTES_PER_PIXEL = {"L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def shrunk_in_strips(
    picture: ImageFile.ImageFile, file: BinaryIO, largest_px: int
) -> Image.Image | None:
    """Decode an opened PNG to L, LA, RGB or RGBA, shrunk by a whole factor.

    None where that cannot be or does not pay: another format, small, interlaced, other than 8 bits.
    Raises BadPicture if scanlines are missing, zlib_ng.error or OSError if they are damaged.
    """
    if not _is_fit(picture):
        return None
    factor = max(1, max(picture.size) // (SHRUNK_MARGIN * largest_px))
    canvas, top = None, 0
    for strip in _strips(picture, file, factor):
        shrunk = to_plain_mode(strip).reduce(factor)
        if canvas is None:
            size = tuple(-(-side // factor) for side in picture.size)
            canvas = Image.new(shrunk.mode, (size[0], size[1]))
        canvas.paste(shrunk, (0, top))
        top += shrunk.height
    return canvas


def _is_fit(picture: ImageFile.ImageFile) -> bool:
    if picture.format != "PNG" or picture.width * picture.height < LARGE_PIXELS:
        return False
    is_interlaced = bool(picture.info.get("interlace"))
    return not is_interlaced and picture.mode == picture.tile[0][3] in BYTES_PER_PIXEL


def _strips(picture: ImageFile.ImageFile, file: BinaryIO, multiple: int) -> Iterator[Image.Image]:
    """Yield the picture from above, a multiple of so many rows at a time, but for the last."""
    stride = 1 + picture.width * BYTES_PER_PIXEL[picture.mode]
    rows_at_once = multiple * max(1, STRIP_BYTES // (stride * multiple))
    before, left = b"", picture.height
    for scanlines in _unpacked(file, stride * rows_at_once):
        rows = min(left, len(scanlines) // stride)
        decoded = _decoded(picture, before + scanlines[: rows * stride], stride)
        yield decoded.crop((0, decoded.height - rows, picture.width, decoded.height))
        last = decoded.crop((0, decoded.height - 1, picture.width, decoded.height))
        before, left = UNFILTERED + last.tobytes(), left - rows
        if not left:
            return
    raise truncated("png")


def _decoded(picture: ImageFile.ImageFile, scanlines: bytes, stride: int) -> Image.Image:
    """Undo the filters of some rows, the first of which refers to none before it."""
    size = picture.width, len(scanlines) // stride
    strip = Image.frombytes(picture.mode, size, _stored(scanlines), "zip", picture.mode)
    if picture.palette is not None:
        strip.putpalette(picture.palette.getdata()[1], picture.palette.mode)
    if "transparency" in picture.info:
        strip.info["transparency"] = picture.info["transparency"]
    return strip


def _unpacked(file: BinaryIO, at_once: int) -> Iterator[bytes]:
    """Yield what the PNG's data hold, `at_once` bytes at a time, the last time what is left."""
    inflater, unpacked = zlib_ng.decompressobj(), b""
    for block in packed_blocks(file):
        packed = block
        while packed and not inflater.eof:
            unpacked += inflater.decompress(packed, at_once - len(unpacked))
            packed = inflater.unconsumed_tail
            if len(unpacked) == at_once:
                yield unpacked
                unpacked = b""
    if unpacked:
        yield unpacked


def _stored(data: bytes) -> bytes:
    """Wrap data as a zlib stream that is not compressed (RFC 1951, §3.2.4)."""
    parts, view = [STREAM_HEAD], memoryview(data)
    for at in range(0, len(data), STORED_BYTES):
        part = view[at : at + STORED_BYTES]
        is_last = at + STORED_BYTES >= len(data)
        parts += [struct.pack("<BHH", is_last, len(part), len(part) ^ STORED_BYTES), bytes(part)]
    return b"".join(parts)
