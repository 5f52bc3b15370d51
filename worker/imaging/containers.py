"""Part of step 2: the containers of GIF, HEIC, AVIF, JPEG 2000 and ICO, walked to their ends.

Decoders call a file that was cut off damaged, or show what is left; and some take text without end.
"""

import os
import struct
from typing import BinaryIO

from worker.imaging.errors import BadPicture, corrupt, truncated

GIF_HEADER_BYTES = 13
GIF_COMMENT = 0xFE
MAX_COMMENT_BYTES = 1024 * 1024
MAX_BOXES = 10_000
RIFF_HEADER_BYTES = 12
BOXES = {b"jP  ", *b"ftyp styp meta moov moof mdat free skip uuid wide mpvd jp2h jp2c".split()}
CODESTREAM = b"\xff\x4f\xff\x51"
END_OF_CODESTREAM = b"\xff\xd9"
TAIL_BYTES = 64 * 1024


def check_gif(file: BinaryIO) -> None:
    """Walk its blocks (GIF89a, appendix B); only the last, which says no more, may be missing."""
    header = _read(file, GIF_HEADER_BYTES, "gif")
    _skip_table(file, header[10])
    comment_bytes = 0
    while (introducer := file.read(1)) == b"!" or introducer == b",":
        if introducer == b"!":
            label = _read(file, 1, "gif")[0]
            length = _skip_sub_blocks(file)
            comment_bytes += length if label == GIF_COMMENT else 0
        else:
            _skip_table(file, _read(file, 9, "gif")[8])
            _read(file, 1, "gif")
            _skip_sub_blocks(file)
        if comment_bytes > MAX_COMMENT_BYTES:
            raise BadPicture("too_large", "Its comments are over 1 MiB: save it without.", "gif")


def check_boxes(file: BinaryIO, file_type: str) -> None:
    """Walk the boxes of ISO/IEC 14496-12 and 15444-1: each whole."""
    length = file.seek(0, os.SEEK_END)
    at = 0
    for _ in range(MAX_BOXES):
        file.seek(at)
        size, name, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
        if name not in BOXES:
            return  # the end, or what others put behind it
        size = {0: length - at, 1: large}.get(size, size)
        if at + size > length:
            raise truncated(file_type)
        if size < 8:  # noqa: PLR2004 - a length and a name
            return
        at += size


def check_heic(file: BinaryIO) -> None:
    """Walk its boxes."""
    check_boxes(file, "heic")


def check_avif(file: BinaryIO) -> None:
    """Walk its boxes."""
    check_boxes(file, "avif")


def check_jp2(file: BinaryIO) -> None:
    """Walk its boxes; a bare codestream ends in a marker (ISO/IEC 15444-1, A.4.4)."""
    start = file.read(len(CODESTREAM))
    if start != CODESTREAM:
        check_boxes(file, "jp2")
        return
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - TAIL_BYTES))
    if END_OF_CODESTREAM not in file.read():
        raise truncated("jp2")


def check_ico(file: BinaryIO) -> None:
    """Compare where its pictures should be with the length of the file."""
    length = file.seek(0, os.SEEK_END)
    file.seek(4)
    (count,) = struct.unpack("<H", _read(file, 2, "ico"))
    if not count:
        raise corrupt("ico", "there is no picture in it")
    for _ in range(count):
        size, offset = struct.unpack("<8xII", _read(file, 16, "ico"))
        if offset + size > length:
            raise truncated("ico")


def first_frame_of_webp(file: BinaryIO) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of an animation's first frame (RFC 9649, §2.7.1.1)."""
    at = RIFF_HEADER_BYTES
    for _ in range(MAX_BOXES):
        file.seek(at)
        name, size = struct.unpack("<4sI", file.read(8).ljust(8, b"\0"))
        if name == b"ANMF":
            fields = _read(file, 12, "webp")
            x, y, width, height = (
                int.from_bytes(fields[start : start + 3], "little") for start in (0, 3, 6, 9)
            )
            return 2 * x, 2 * y, 2 * x + width + 1, 2 * y + height + 1
        at += 8 + size + size % 2
    return None


def _skip_table(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        _read(file, 3 << (flags & 7) + 1, "gif")


def _skip_sub_blocks(file: BinaryIO) -> int:
    total = 0
    while length := _read(file, 1, "gif")[0]:
        _read(file, length, "gif")
        total += length
    return total


def _read(file: BinaryIO, length: int, file_type: str) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise truncated(file_type)
    return data
