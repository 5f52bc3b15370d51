"""Part of step 4: whether the pictures in an AVIF are as large as its boxes say.

libavif scales a picture to what they say; libheif refuses a lie, as all of us should.
"""

from typing import BinaryIO

from worker.imaging.errors import corrupt
from worker.imaging.items import Item, read_items

SEQUENCE_HEADER = 1
MAX_UNITS = 8
HEAD_BYTES = 4096
LAYER_CHOSEN = b"lsel"
TIER_FROM_LEVEL = 7


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def skip_unary(self) -> None:
        """Skip a number of variable length (AV1, §4.10.3)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        self.take(zeros)


def check_av1_sizes(file: BinaryIO) -> None:
    """Compare each coded picture with its `ispe` (AVIF 1.1, §2.1). Raises BadPicture."""
    items = read_items(file)
    for item in items.all if items else ():
        extents = item.of_kind(b"ispe")
        if item.kind == b"av01" and extents and not item.of_kind(LAYER_CHOSEN):
            coded = _coded_size(file, item)
            claimed = tuple(int.from_bytes(extents[0][at : at + 4], "big") for at in (4, 8))
            if coded and coded != claimed:
                raise corrupt("avif", "its picture has not the size that it says")


def _coded_size(file: BinaryIO, item: Item) -> tuple[int, int] | None:
    file.seek(item.at)
    try:
        return sequence_size(file.read(HEAD_BYTES))
    except (EOFError, IndexError):
        return None


def sequence_size(data: bytes) -> tuple[int, int] | None:
    """Read width and height from the first sequence header (AV1, §5.3 and §5.5); None if none."""
    at = 0
    for _ in range(MAX_UNITS):
        head = data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:
            size, at = _leb128(data, at)
        if head >> 3 & 15 == SEQUENCE_HEADER:
            return _size(_Bits(data[at : at + size]))
        at += size
    return None


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004 - no other byte follows
            break
    return value, at + index + 1


def _size(bits: _Bits) -> tuple[int, int]:
    bits.take(4)
    if bits.take(1):  # a reduced header of a still picture
        bits.take(5)
    else:
        _skip_operating_points(bits)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(across) + 1, bits.take(down) + 1


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = _skip_timing(bits) if bits.take(1) else 0
    has_display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > TIER_FROM_LEVEL:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_display_delay and bits.take(1):
            bits.take(4)


def _skip_timing(bits: _Bits) -> int:
    """Return how many bits the delays of a decoder model take; 0 without one."""
    bits.take(64)
    if bits.take(1):
        bits.skip_unary()
    if not bits.take(1):
        return 0
    delay_bits = bits.take(5) + 1
    bits.take(42)
    return delay_bits
