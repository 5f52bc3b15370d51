"""Part of step 5: whether a PNG held all its scanlines, which its decoder does not tell.

Missing ones are left zero. So a picture whose last rows are not zero is whole; of the others the
compressed data are unpacked once more, and counted.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image

from worker.imaging.errors import truncated
from worker.imaging.structure import BLOCK_BYTES

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
FIRST_CHUNK = 8
CRC_BYTES = 4
IHDR_OFFSET = 16
IHDR_BYTES = 13
# First column and row, then column and row steps, of the seven passes (PNG, third edition, §8.2).
ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def check_scanlines(image: Image.Image, file: BinaryIO) -> None:
    """Raise BadPicture if the decoded PNG had fewer scanlines than its header says."""
    rows = (image.crop((0, y, image.width, y + 1)) for y in range(image.height)[-2:])
    if all(row.getbbox(alpha_only=False) for row in rows):
        return
    file.seek(IHDR_OFFSET)
    expected = scanline_bytes(file.read(IHDR_BYTES))
    if _unpacked_bytes(file, expected) < expected:
        raise truncated("png")


def scanline_bytes(header: bytes) -> int:
    """Return the unpacked length of all scanlines with their filter bytes, from an IHDR."""
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * CHANNELS[color]
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    total = 0
    for column, row, across, down in passes:
        columns = -(-(width - column) // across) if width > column else 0
        rows = -(-(height - row) // down) if height > row else 0
        total += rows * (1 + -(-columns * bits // 8)) if columns else 0
    return total


def _unpacked_bytes(file: BinaryIO, enough: int) -> int:
    count, inflater = 0, zlib.decompressobj()
    for block in packed_blocks(file):
        packed = block
        while packed and count < enough:
            count += len(inflater.decompress(packed, BLOCK_BYTES))
            packed = inflater.unconsumed_tail
    return count


def packed_blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the compressed data of a PNG whose chunks are sound."""
    for name, length in chunks(file):
        end = file.tell() + length
        while name == b"IDAT" and file.tell() < end:
            yield file.read(min(end - file.tell(), BLOCK_BYTES))


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield name and length of each chunk, with the file at its body, wherever that is left."""
    name, at = b"", FIRST_CHUNK
    while name != b"IEND":
        file.seek(at)
        length, name = struct.unpack(">I4s", file.read(8))
        at = file.tell() + length + CRC_BYTES
        yield name, length
