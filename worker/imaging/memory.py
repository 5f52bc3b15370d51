"""Whether a decoder lacked memory: several tell it as if the bytes were damaged."""

import re
import resource
from contextlib import suppress
from typing import BinaryIO

from PIL import Image

# At most: a progressive JPEG keeps 2 bytes for each of 4 components; WebP two canvases and a copy;
# OpenJPEG twice 4 bytes for each of 4 components; libheif and libavif planes, pixels and a copy.
BYTES_PER_PIXEL = {"jpg": 8, "webp": 16, "jp2": 32, "heic": 12, "avif": 16}
PILLOW_FORMATS = {"jpg": "JPEG", "jp2": "JPEG2000"}
OF_THE_PROGRAM_BYTES = 64 * 1024 * 1024
WEBP_HEADER_BYTES = 30
META_BYTES = 256 * 1024
SPATIAL_EXTENT = re.compile(rb"ispe\0{4}(.{4})(.{4})", re.DOTALL)


def may_have_lacked_memory(file: BinaryIO, file_type: str) -> bool:
    """Compare what the picture's header makes likely with the limit of this process."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or file_type not in BYTES_PER_PIXEL:
        return False
    width, height = _size_in_header(file, file_type)
    return width * height * BYTES_PER_PIXEL[file_type] + OF_THE_PROGRAM_BYTES > limit


def _size_in_header(file: BinaryIO, file_type: str) -> tuple[int, int]:
    file.seek(0)
    if file_type == "webp":
        return webp_size(file.read(WEBP_HEADER_BYTES))
    if file_type in {"heic", "avif"}:
        return largest_extent(file)
    with suppress(Exception):
        return Image.open(file, formats=[PILLOW_FORMATS[file_type]]).size
    return 0, 0


def largest_extent(file: BinaryIO) -> tuple[int, int]:
    """Read the largest width and height of the pictures in a HEIF (ISO/IEC 23008-12, 6.5.3)."""
    file.seek(0)
    head = file.read(META_BYTES)
    sizes = [
        (int.from_bytes(found[1], "big"), int.from_bytes(found[2], "big"))
        for found in SPATIAL_EXTENT.finditer(head)
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def webp_size(head: bytes) -> tuple[int, int]:
    """Read width and height (RFC 9649, §2.5 to §2.7); they are 0 if the header is damaged."""
    form, width, height = head[12:16], head[26:28], head[28:30]
    if form == b"VP8X":
        return _little(head[24:27]) + 1, _little(head[27:30]) + 1
    if form == b"VP8L":
        bits = _little(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        return _little(width) & 0x3FFF, _little(height) & 0x3FFF
    return 0, 0


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
