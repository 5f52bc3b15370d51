"""Pictures for the tests, made by code."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from random import Random
from typing import Any

from PIL import ExifTags, Image, ImageDraw

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 170, 60), (40, 70, 220), (230, 210, 40)


def noise(width: int, height: int, mode: str = "RGB", seed: int = 1) -> Image.Image:
    """Draw noise, which no encoder makes small and no decoder finds easy."""
    length = width * height * len(mode)
    return Image.frombytes(mode, (width, height), Random(seed).randbytes(length))


def quarters(width: int, height: int) -> Image.Image:
    """Draw four colors: red and green above, blue and yellow below: no turn is unseen."""
    picture = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=BLUE)
    draw.rectangle((width // 2, height // 2, width, height), fill=YELLOW)
    return picture


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """Encode a picture by Pillow."""
    out = BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def oriented(orientation: int) -> Image.Exif:
    """Make EXIF data that say nothing but an orientation."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


def chunk(name: bytes, body: bytes) -> bytes:
    """Make a PNG chunk with its checksum."""
    checksum = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)


def png(
    width: int,
    height: int,
    scanlines: bytes,
    *,
    depth: int = 8,
    color: int = 2,
    before_data: Sequence[bytes] = (),
) -> bytes:
    """Make a PNG out of its scanlines, each with its filter byte, and chunks to stand before."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(scanlines))
    chunks = [chunk(b"IHDR", header), *before_data, data, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
