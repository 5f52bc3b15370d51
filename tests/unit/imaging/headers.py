"""Dimensions and metadata of files, read by a decoder of our own: what Pillow says is not proof."""

import struct
from collections.abc import Iterator

SOF_MARKERS = {0xC0, 0xC1, 0xC2}
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA)}


def dimensions(data: bytes) -> tuple[int, int]:
    """Width and height as the header has them, before any orientation."""
    if data.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", data[16:24])
    elif data.startswith(b"GIF8"):
        width, height = struct.unpack("<HH", data[6:10])
    elif data.startswith(b"RIFF"):
        width, height = _webp_dimensions(data)
    else:
        body = next(body for marker, body in jpeg_segments(data) if marker in SOF_MARKERS)
        height, width = struct.unpack(">HH", body[1:5])
    return width, height


def parts(data: bytes) -> set[str]:
    """Name the chunks or segments of a PNG, WebP or JPEG; a JPEG's as two hex digits."""
    if data.startswith(b"\x89PNG"):
        return {name.decode() for name, _ in _chunks(data[8:], ">I4s", 4)}
    if data.startswith(b"RIFF"):
        return {name.decode() for name, _ in webp_chunks(data)}
    return {f"{marker:02X}" for marker, _ in jpeg_segments(data)}


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give marker and body of each segment up to the start of the first scan."""
    at = 2
    while at < len(data):
        marker = data[at + 1]
        if marker in WITHOUT_LENGTH:
            at += 2
            continue
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        yield marker, data[at + 4 : at + 2 + length]
        if marker == 0xDA:
            return
        at += 2 + length


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give name and body of each chunk of a WebP."""
    at = 12
    while at < len(data):
        name, length = struct.unpack("<4sI", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _webp_dimensions(data: bytes) -> tuple[int, int]:
    name, body = next(webp_chunks(data))
    if name == b"VP8X":
        little = [int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7)]
        return little[0], little[1]
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _chunks(data: bytes, form: str, checksum_bytes: int) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        length, name = struct.unpack(form, data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + checksum_bytes
