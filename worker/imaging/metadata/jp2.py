"""Where a JPEG 2000 keeps its metadata: in boxes that are known by a UUID (XMP part 3, 1.1.4)."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
IIM = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
RESOURCES = bytes.fromhex("2c4c0100850440b9a03e562148d6dfeb")
EXIF = b"JpgTiffExif->JP2"
KNOWN = frozenset({XMP, IIM, RESOURCES, EXIF})

CODESTREAM = b"\xff\x4f\xff\x51"
HEADER_BYTES, LONG_HEADER_BYTES = 8, 16
UUID_BYTES = 16
MAX_BOXES = 10_000


def uuid_boxes(file: BinaryIO, max_bytes: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield UUID and content of each known box at the top, none longer; a codestream has none."""
    file.seek(0)
    if file.read(len(CODESTREAM)) == CODESTREAM:
        return
    at = 0
    for _ in range(MAX_BOXES):
        file.seek(at)
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            return
        size, name = struct.unpack(">I4s", header)
        begun = at + HEADER_BYTES
        if size == 1:
            size, begun = int.from_bytes(file.read(8), "big"), at + LONG_HEADER_BYTES
        length = at + size - begun - UUID_BYTES
        may_be = name == b"uuid" and 0 <= length <= max_bytes
        if may_be and (uuid := file.read(UUID_BYTES)) in KNOWN:
            yield uuid, file.read(length)
        if size < HEADER_BYTES:
            return  # the last, which goes to the end
        at += size
