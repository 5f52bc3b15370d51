"""Part of step 5: whites of JPEG 2000 in over 8 bits, which Pillow's decoder turns black.

It rounds samples to 8 bits, and those that come to 256 become 0. So the picture is decoded once
more, with a header that halves all contrasts: what is black here, and bright there, is white.
"""

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, cast

from PIL import Image, ImageChops, ImageFile

from worker.imaging.errors import BadPicture

ROUNDED = frozenset({"LA", "RGB", "RGBA", "CMYK"})
"""Modes of which the decoder makes 8 bits; gray alone keeps its 16."""

CODESTREAM = b"\xff\x4f"
SIZES, CODING, QUANTIZATION, QUANTIZATION_OF_ONE, TILE = 0xFF51, 0xFF52, 0xFF5C, 0xFF5D, 0xFF90
MAX_PARTS = 10_000
DEPTHS_AT, TRANSFORM_AT = 36, 9
SIGN, OF_BYTE = 0x80, 8
MANY_COMPONENTS = 257

Segment = tuple[int, int, bytes]
"""Marker, place of the body, body (ISO/IEC 15444-1, A.1.4)."""


def with_whites(picture: ImageFile.ImageFile, file: BinaryIO) -> Image.Image:
    """Return a decoded JPEG 2000 whose brightest samples are white. Raises BadPicture."""
    segments = list(_segments(file)) if picture.mode in ROUNDED else []
    depths = next((body[DEPTHS_AT::3] for marker, _, body in segments if marker == SIZES), b"")
    if all((depth & ~SIGN) < OF_BYTE for depth in depths) or not _has_black(picture):
        return picture
    file.seek(0)
    data = bytearray(file.read())
    for at, changed in _with_half_the_contrast(segments):
        data[at : at + len(changed)] = changed
    source = BytesIO(data)
    del data  # there is a copy now
    with Image.open(source, formats=["JPEG2000"]) as dim:
        bands = len(picture.getbands())
        black = picture.point(([255] + [0] * 255) * bands)
        bright = dim.point(([0] * 128 + [255] * 128) * bands)
    return ImageChops.lighter(picture, ImageChops.darker(black, bright))


def _has_black(picture: Image.Image) -> bool:
    extrema = cast("tuple[tuple[int, int], ...]", picture.getextrema())
    return any(darkest == 0 for darkest, _ in extrema)


def _segments(file: BinaryIO) -> Iterator[Segment]:
    """Yield those of the main header."""
    at = _codestream_at(file) + len(CODESTREAM)
    for _ in range(MAX_PARTS):
        file.seek(at)
        marker, length = struct.unpack(">HH", file.read(4).ljust(4, b"\0"))
        if marker in {0, TILE}:
            return
        yield marker, at + 4, file.read(max(0, length - 2))
        at += 2 + length


def _codestream_at(file: BinaryIO) -> int:
    """Walk the boxes, which were found to be sound, up to the codestream."""
    at = 0
    for _ in range(MAX_PARTS):
        file.seek(at)
        size, name, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
        if name == b"jp2c":
            return at + (16 if size == 1 else 8)
        if size.to_bytes(4, "big").startswith(CODESTREAM) or size == 0:
            return at
        at += large if size == 1 else size
    return at


def _with_half_the_contrast(segments: list[Segment]) -> Iterator[tuple[int, bytes]]:
    """Yield bodies of segments that stand for others, and where they are."""
    (coding,) = (body for marker, _, body in segments if marker == CODING)
    is_reversible = coding[TRANSFORM_AT] == 1
    for marker, at, body in segments:
        if marker == SIZES and is_reversible:  # a bit more, which nobody uses
            depths = [byte + (index % 3 == 0) for index, byte in enumerate(body[DEPTHS_AT:])]
            yield at + DEPTHS_AT, bytes(depths)
        elif marker in {QUANTIZATION, QUANTIZATION_OF_ONE} and not is_reversible:
            components = (len(segments[0][2]) - DEPTHS_AT) // 3
            index_bytes = 1 if components < MANY_COMPONENTS else 2
            skipped = index_bytes if marker == QUANTIZATION_OF_ONE else 0
            yield at + skipped, _halved(body[skipped:])


def _halved(quantization: bytes) -> bytes:
    """Halve all steps (E.1.1), with one guard bit less, so that as many planes are read."""
    style, steps = quantization[0], quantization[1 : 1 + (len(quantization) - 1) // 2 * 2]
    values = [step + (1 << 11) for (step,) in struct.iter_unpack(">H", steps)]
    if style >> 5 == 0 or max(values) > 0xFFFF:  # noqa: PLR2004 - 16 bits
        detail = "This jp2 keeps its pixels in a way that is not read: save it with 8 bits."
        raise BadPicture("unsupported_format", detail, "jp2")
    return struct.pack(f">B{len(values)}H", style - (1 << 5), *values)
