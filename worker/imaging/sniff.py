"""What the bytes are, by their first bytes and never by a name."""

import re
from typing import BinaryIO

from worker.imaging.errors import BadPicture
from worker.imaging.model import CONTENT_TYPES

HEAD_BYTES = 4096
SUPPORTED = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF, BMP, JPEG 2000, ICO or SVG"

# (offset, magic bytes, file type); the first match wins.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (8, b"WEBP", "webp"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),
    (0, b"MM\x00+", "tiff"),
    (4, b"ftypqt", "mov"),
    (4, b"ftyp", "mp4"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (0, b"\xff\x4f\xff\x51", "jp2"),
    (0, b"\xff\x0a", "jxl"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (0, b"8BPS", "psd"),
    (0, b"%PDF-", "pdf"),
    (0, b"%!PS", "eps"),
    (0, b"\xc5\xd0\xd3\xc6", "eps"),
    (0, b"\x00\x00\x01\x00", "ico"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x7fELF", "elf"),
    (0, b"\x1a\x45\xdf\xa3", "mkv"),
    (8, b"AVI ", "avi"),
    (8, b"WAVE", "wav"),
    (0, b"ID3", "mp3"),
    (0, b"OggS", "ogg"),
    (0, b"BM", "bmp"),
)
# Brands of ISO base media files that are pictures (ISO/IEC 23008-12, AVIF §6), the surest first.
BRANDS: tuple[tuple[frozenset[bytes], str], ...] = (
    (frozenset({b"avif", b"avis"}), "avif"),
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}), "heic"),
    (frozenset({b"mif1", b"mif2", b"msf1"}), "heic"),
)
# What may stand before the first element of XML, then that element.
SVG = re.compile(
    rb"(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!doctype\s+svg[^\[>]*(?>\[(?>.*?\]))?\s*>)*+"
    rb"<(\w+:)?svg[\s/>]",
    re.IGNORECASE | re.DOTALL,
)
PICTURES = frozenset(CONTENT_TYPES)


def file_type_of(head: bytes) -> str | None:
    """Name what begins with `head` (`HEAD_BYTES` are enough), or None if it is unknown."""
    if head[4:8] == b"ftyp" and (file_type := _type_by_brands(head)):
        return file_type
    for offset, magic, file_type in SIGNATURES:
        if head[offset : offset + len(magic)] == magic and _is_riff_where_needed(head, offset):
            return file_type
    return "svg" if _is_svg(head) else None


def sniff(file: BinaryIO) -> str:
    """Step 1: one of `PICTURES`, or BadPicture. Leaves the file at its start."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    file_type = file_type_of(head)
    if file_type in PICTURES:
        return str(file_type)
    raise _refusal(head, file_type)


def _refusal(head: bytes, file_type: str | None) -> BadPicture:
    if not head:
        return BadPicture("unsupported_format", "The file is empty: upload it again.")
    if file_type is not None:
        detail = f"This is a file of type {file_type}: convert it to {SUPPORTED} and upload that."
        return BadPicture("unsupported_format", detail, file_type)
    if head[1:4] == b"PNG" or head[12:16] == b"IHDR":
        detail = "The signature of this PNG is damaged, as by a transfer as text: upload it again."
        return BadPicture("corrupt", detail, "png")
    detail = f"This is not a picture that is known here: upload {SUPPORTED}."
    return BadPicture("unsupported_format", detail)


def _type_by_brands(head: bytes) -> str | None:
    """Read the major brand, and the compatible ones, which name the coding where that is mute."""
    length = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(length, len(head)), 4))}
    return next((file_type for known, file_type in BRANDS if known & brands), None)


def _is_riff_where_needed(head: bytes, offset: int) -> bool:
    return offset != 8 or head.startswith(b"RIFF")  # noqa: PLR2004 - where RIFF names its form


def _is_svg(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[: len(head) & ~1].decode("utf-16", "replace").encode()
    return SVG.match(head.removeprefix(b"\xef\xbb\xbf")) is not None
