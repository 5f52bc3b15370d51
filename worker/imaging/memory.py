"""Whether a decoder lacked memory: libjpeg and libwebp tell it as if the bytes were damaged."""

import resource
from contextlib import suppress
from typing import BinaryIO

from PIL import Image

# At most: a progressive JPEG keeps 2 bytes for each of 4 components; WebP two canvases and a copy.
BYTES_PER_PIXEL = {"jpg": 8, "webp": 16}
OF_THE_PROGRAM_BYTES = 64 * 1024 * 1024
WEBP_HEADER_BYTES = 30


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
    with suppress(Exception):
        return Image.open(file, formats=["JPEG"]).size
    return 0, 0


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
