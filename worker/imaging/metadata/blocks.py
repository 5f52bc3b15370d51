"""Where each format keeps its metadata: the blocks of an opened picture, unread."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import BinaryIO

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile as Jpeg
from PIL.TiffImagePlugin import TiffImageFile as Tiff

from worker.imaging.metadata import gif, iim, jp2, xmp
from worker.imaging.scanlines import chunks

XMP_TAG, IIM_TAG, RESOURCES_TAG = 700, 33723, 34377
IIM_RESOURCE, DIGEST_RESOURCE = 0x0404, 0x0425
RESOURCE, PHOTOSHOP = b"8BIM", b"Photoshop 3.0\0"
MAX_RESOURCES = 1000
MAX_CHUNK_BYTES = 2 * xmp.MAX_BYTES
EXTENDED_XMP, GUID_BYTES = b"http://ns.adobe.com/xmp/extension/\0", 32
XMP_KEYWORD = b"XML:com.adobe.xmp"
PROFILES = tuple(b"Raw profile type " + name for name in (b"iptc", b"8bim", b"xmp"))
FOLLOWED_BY_HEX = 3


@dataclass
class Blocks:
    """`exif` is read as it is asked; `is_in_step` whether IIM is as when XMP was last written.

    None where nobody noted that (the digest of Photoshop's resource 0x0425).
    """

    exif: Image.Exif
    iim: bytes = b""
    xmp: bytes = b""
    more_xmp: bytes = b""
    is_in_step: bool | None = None


def find_blocks(picture: ImageFile.ImageFile, file: BinaryIO, blocks: Blocks) -> None:
    """Find the blocks of a picture that was opened and is not decoded yet.

    Raises where one is damaged; those before it are there.
    """
    if isinstance(picture, Tiff):
        _find_in_tiff(picture, blocks)
    elif find := FINDERS.get(picture.format or ""):
        left_at = file.tell()
        try:
            find(file, blocks)
        finally:
            file.seek(left_at)
    else:
        blocks.xmp = _bytes(picture.info.get("xmp"))
        if isinstance(picture, Jpeg):
            _take_resources(dict(resources_of(_photoshop(picture))), blocks)
            blocks.more_xmp = _extended(picture, blocks.xmp)


def _photoshop(picture: Jpeg) -> bytes:
    """Join the segments over which a block of more than 64 KiB is split."""
    bodies = (body for name, body in picture.applist if name == "APP13")
    return b"".join(body[len(PHOTOSHOP) :] for body in bodies if body.startswith(PHOTOSHOP))


def _extended(picture: Jpeg, packet: bytes) -> bytes:
    """Join what did not fit into the packet, which names it (XMP part 3, 1.1.3.1)."""
    portions: dict[int, bytes] = {}
    for name, body in picture.applist:
        if name == "APP1" and body.startswith(EXTENDED_XMP):
            data = body[len(EXTENDED_XMP) :]
            if data[:GUID_BYTES] in packet:
                at = int.from_bytes(data[GUID_BYTES + 4 : GUID_BYTES + 8], "big")
                portions[at] = data[GUID_BYTES + 8 :]
    return b"".join(portions[at] for at in sorted(portions))


def _find_in_tiff(picture: Tiff, blocks: Blocks) -> None:
    data = picture.tag.tagdata  # as it stands in the file: of numbers, Pillow keeps only some
    blocks.xmp = data.get(XMP_TAG, b"")
    resources = dict(resources_of(data.get(RESOURCES_TAG, b"")))
    _take_resources(resources, blocks)
    if IIM_TAG in data:
        blocks.iim = data[IIM_TAG]
        blocks.is_in_step = _is_in_step(blocks.iim, resources.get(DIGEST_RESOURCE, b""))


def _find_in_gif(file: BinaryIO, blocks: Blocks) -> None:
    blocks.xmp = gif.xmp_of(file, MAX_CHUNK_BYTES)


def _find_in_jp2(file: BinaryIO, blocks: Blocks) -> None:
    boxes = dict(jp2.uuid_boxes(file, MAX_CHUNK_BYTES))
    blocks.xmp = boxes.get(jp2.XMP, b"")
    _take_resources(dict(resources_of(boxes.get(jp2.RESOURCES, b""))), blocks)
    blocks.iim = boxes.get(jp2.IIM, blocks.iim)
    if jp2.EXIF in boxes:
        blocks.exif.load(boxes[jp2.EXIF])


def _find_in_png(file: BinaryIO, blocks: Blocks) -> None:
    for name, length in chunks(file):
        if name in {b"iTXt", b"zTXt", b"tEXt"} and length <= MAX_CHUNK_BYTES:
            keyword, _, rest = file.read(length).partition(b"\0")
            if keyword == XMP_KEYWORD and name == b"iTXt":
                text = rest[2:].split(b"\0", 2)[-1]
                blocks.xmp = _inflated(text) if rest[:1] == b"\x01" else text
            elif keyword in PROFILES:
                _take_profile(_inflated(rest[1:]) if name == b"zTXt" else rest, blocks)


FINDERS: dict[str, Callable[[BinaryIO, Blocks], None]] = {
    "GIF": _find_in_gif,
    "JPEG2000": _find_in_jp2,
    "PNG": _find_in_png,
}
"""Of what Pillow does not tell."""


def _take_profile(text: bytes, blocks: Blocks) -> None:
    """Read what ImageMagick and exiftool put in: a name, a length, and hexadecimal digits."""
    parts = text.strip().split(b"\n", 2)
    if len(parts) == FOLLOWED_BY_HEX:
        data = bytes.fromhex(parts[2].decode("ascii"))
        if data.startswith(RESOURCE):
            _take_resources(dict(resources_of(data)), blocks)
        elif data.startswith(b"<"):
            blocks.xmp = blocks.xmp or data
        else:
            blocks.iim = data


def _take_resources(resources: Mapping[int, object], blocks: Blocks) -> None:
    blocks.iim = _bytes(resources.get(IIM_RESOURCE))
    blocks.is_in_step = _is_in_step(blocks.iim, _bytes(resources.get(DIGEST_RESOURCE)))


def _is_in_step(data: bytes, digest: bytes) -> bool | None:
    if not digest:
        return None
    kept = data[: iim.MAX_BYTES]
    sums = {md5(each, usedforsecurity=False).digest() for each in (kept, kept.rstrip(b"\0"))}
    return digest in sums


def resources_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and body of each of Photoshop's image resources, up to the first damage."""
    at = 0
    for _ in range(MAX_RESOURCES):
        if data[at : at + 4] != RESOURCE or len(data) < at + 12:
            return
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        at += 6 + (data[at + 6] + 2 & ~1)
        size = int.from_bytes(data[at : at + 4], "big")
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + size + (size & 1)


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, MAX_CHUNK_BYTES)


def _bytes(value: object) -> bytes:
    """Return what is bytes; else nothing."""
    return value if isinstance(value, bytes) else b""
