"""Step 2: what the containers say of themselves, read before any pixel is.

Decoders forgive a missing end or a wrong checksum, so whole and sound are proven here.
"""

import os
import re
import struct
from collections.abc import Callable
from typing import BinaryIO

from zlib_ng import zlib_ng

from worker.imaging.containers import check_avif, check_gif, check_heic, check_ico, check_jp2
from worker.imaging.errors import BadPicture, corrupt, truncated

BLOCK_BYTES = 1 << 20
PNG_SIGNATURE_BYTES = 8

START_OF_SCAN = b"\xff\xda"
SCAN = re.compile(START_OF_SCAN)
"""Three times as fast as `bytes.count`, for it goes from one 0xFF to the next."""

SEQUENTIAL_FRAMES = frozenset({b"\xff\xc0", b"\xff\xc1"})
MAX_SCANS = 256
"""Ordinary progressive files have about ten; thumbnails and previews within a file add theirs."""


def check_structure(file: BinaryIO, file_type: str) -> None:
    """Raise BadPicture if the container is cut off or its checksums are wrong; rewind the file."""
    if check := CHECKS.get(file_type):
        check(file)
        file.seek(0)


def check_png(file: BinaryIO) -> None:
    """Walk the chunks up to IEND (PNG, third edition, §5): each whole, each critical CRC right."""
    file.seek(PNG_SIGNATURE_BYTES)
    name = b""
    while name != b"IEND":
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004 - a length and a name
            raise truncated("png")
        length, name = struct.unpack(">I4s", header)
        if not name.isalpha():
            raise corrupt("png", "there is no chunk where one should begin")
        _check_chunk(file, name, length)


def _check_chunk(file: BinaryIO, name: bytes, length: int) -> None:
    checksum, left = zlib_ng.crc32(name), length
    while left:
        block = file.read(min(left, BLOCK_BYTES))
        if not block:
            raise truncated("png")
        checksum = zlib_ng.crc32(block, checksum)
        left -= len(block)
    stored = file.read(4)
    if len(stored) < 4:  # noqa: PLR2004 - a CRC-32
        raise truncated("png")
    if name[:1].isupper() and stored != checksum.to_bytes(4, "big"):
        raise corrupt("png", f"the checksum of its {name.decode()} is wrong")


def check_webp(file: BinaryIO) -> None:
    """Compare the length in the RIFF header with that of the file."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    header = file.read(8)
    claimed = int.from_bytes(header[4:8], "little") + 8
    if claimed > length:
        raise truncated("webp")


def check_jpeg(file: BinaryIO) -> None:
    """Count the scans: each goes over the whole picture, and a few bytes are enough for one."""
    if _is_of_one_scan(file):
        return
    file.seek(0)
    scans, tail = 0, b""
    while block := file.read(BLOCK_BYTES):
        scans += sum(1 for _ in SCAN.finditer(tail + block))
        tail = block[-1:]
        if scans > MAX_SCANS:
            raise BadPicture(
                "too_large",
                f"The file has over {MAX_SCANS} scans, which takes too long: save it anew.",
                "jpg",
            )


def _is_of_one_scan(file: BinaryIO) -> bool:
    """Whether the first scan holds all components of a sequential JPEG: no other is decoded then.

    Most files are such; to look through all their bytes costs a tenth of the whole pipeline.
    """
    file.seek(len(START_OF_SCAN))
    components = b""
    while len(head := file.read(4)) == 4 and head[:1] == b"\xff":  # noqa: PLR2004
        if head[:2] == START_OF_SCAN:
            return file.read(1) == components != b""
        body = file.read(max(0, int.from_bytes(head[2:], "big") - 2))
        if head[:2] in SEQUENTIAL_FRAMES:
            components = body[5:6]
    return False


CHECKS: dict[str, Callable[[BinaryIO], None]] = {
    "jpg": check_jpeg,
    "png": check_png,
    "webp": check_webp,
    "gif": check_gif,
    "heic": check_heic,
    "avif": check_avif,
    "jp2": check_jp2,
    "ico": check_ico,
}
