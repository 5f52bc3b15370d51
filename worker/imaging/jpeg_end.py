"""Part of step 2: a JPEG that lacks only its last two bytes, the marker of its end.

Every browser shows such a picture whole, and so do we: the marker is put back. A picture that was
really cut off is told from it by its scans: all of them there, and the last one complete.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from PIL import Image

END = b"\xff\xd9"
STRIP_ROWS = 256
PADDINGS = (b"", b"\x00" * 64, b"\x55" * 64, b"\xaa\x3c\x96" * 21)
COEFFICIENTS = 64
START_OF_SCAN = 0xDA
START_OF_FRAME = frozenset({0xC0, 0xC1, 0xC2})
MARKER = re.compile(rb"\xff([\xc0-\xcf\xda-\xfe])")
"""Of a segment with a body; what stands within the data of a scan is none of these."""


def with_its_end(file: BinaryIO) -> BytesIO | None:
    """Return a JPEG without an end with it; None if more than that is missing.

    Bits that are missing are taken from what follows; so if a picture looks the same whatever
    follows, none is missing.
    """
    file.seek(0)
    data = file.read().removesuffix(END[:1])
    try:
        looks = {_look(data + padding + END) for padding in PADDINGS}
        is_whole = len(looks) == 1 and _has_all_scans(data)
    except (OSError, struct.error, LookupError, ValueError):
        return None
    return BytesIO(data + END) if is_whole else None


def _look(data: bytes) -> int:
    """Decode it and sum up its pixels, a strip at a time."""
    checksum = 0
    with Image.open(BytesIO(data), formats=["JPEG"]) as image:
        image.load()
        for top in range(0, image.height, STRIP_ROWS):
            strip = image.crop((0, top, image.width, min(top + STRIP_ROWS, image.height)))
            checksum = zlib.crc32(strip.tobytes(), checksum)
    return checksum


def _has_all_scans(data: bytes) -> bool:
    """Tell whether the scans that begin give every bit of every coefficient (T.81, G.1.1.1)."""
    missing: dict[int, list[int]] = {}
    for marker, body in _segments(data):
        if marker in START_OF_FRAME:
            components = body[6 : 6 + 3 * body[5] : 3]
            missing = {component: [1] * COEFFICIENTS for component in components}
        elif marker == START_OF_SCAN:
            count = body[0]
            first, last, bits = body[1 + 2 * count : 4 + 2 * count]
            for component in body[1 : 1 + 2 * count : 2]:
                for coefficient in range(first, min(last, COEFFICIENTS - 1) + 1):
                    missing[component][coefficient] = bits & 0x0F
    return bool(missing) and not any(any(left) for left in missing.values())


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2
    while found := MARKER.search(data, at):
        at = found.end()
        (length,) = struct.unpack_from(">H", data, at)
        yield found[1][0], data[at + 2 : at + length]
        at += length
