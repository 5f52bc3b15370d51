"""Where a GIF keeps its XMP: in an extension before its first picture (XMP part 3, 1.1.2)."""

from collections.abc import Iterator
from typing import BinaryIO

HEADER_BYTES = 13
COLORS_FOLLOW = 0x80
EXTENSION, APPLICATION = b"!", b"\xff"
XMP_APPLICATION = b"\x0bXMP DataXMP"
TRAILER = b"\x01\xff\xfe\xfd"
"""Begins what leads readers who take the packet for sub-blocks to its end."""

MAX_BLOCKS = 10_000


def xmp_of(file: BinaryIO, max_bytes: int) -> bytes:
    """Return the packet of an opened GIF; empty where there is none."""
    file.seek(0)
    flags = file.read(HEADER_BYTES)[10]
    if flags & COLORS_FOLLOW:
        file.seek(3 << (flags & 7) + 1, 1)
    for application in _applications(file):
        if application == XMP_APPLICATION:
            packet, trailer, _ = file.read(max_bytes).partition(TRAILER)
            return packet if trailer else b""
    return b""


def _applications(file: BinaryIO) -> Iterator[bytes]:
    """Yield the first sub-block of each application's extension, before its others are read."""
    for _ in range(MAX_BLOCKS):
        introducer, label = file.read(1), file.read(1)
        if introducer != EXTENSION:
            return
        size = file.read(1)
        first = size + file.read(size[0])
        if label == APPLICATION:
            yield first
        _skip_sub_blocks(file)


def _skip_sub_blocks(file: BinaryIO) -> None:
    for _ in range(MAX_BLOCKS):
        size = file.read(1)
        if size in {b"", b"\0"}:
            return
        file.seek(size[0], 1)
