"""What a HEIF or AVIF says of its items, and nobody else tells (ISO/IEC 14496-12, §8.11).

Their sizes, kinds, properties and places; damaged boxes are left out, the decoders judge those.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MAX_META_BYTES = 4 * 1024 * 1024
HEAD_BYTES = 8
MAX_BOXES = 10_000

Box = tuple[bytes, bytes]


@dataclass
class Item:
    """One picture, or something about one; `at` is where its data begin, 0 if that is unknown."""

    kind: bytes = b""
    at: int = 0
    properties: list[Box] = field(default_factory=list)

    def of_kind(self, name: bytes) -> list[bytes]:
        """Return the bodies of its properties of one kind."""
        return [body for kind, body in self.properties if kind == name]


@dataclass
class Items:
    """Of a file; `primary` is the picture that the file is of."""

    primary: Item
    all: list[Item]


def read_items(file: BinaryIO) -> Items | None:
    """Read the items of a file; None where there are none, or none that make sense."""
    meta = _meta(file)
    if meta is None:
        return None
    parts = dict(boxes(meta[4:]))
    try:
        return _items(parts)
    except (struct.error, IndexError, KeyError):
        return None


def boxes(data: bytes) -> Iterator[Box]:
    """Yield name and body of each box within another, up to the first that is not whole."""
    at = 0
    for _ in range(MAX_BOXES):
        size, name = struct.unpack_from(">I4s", data.ljust(at + HEAD_BYTES, b"\0"), at)
        if size < HEAD_BYTES or at + size > len(data):
            return
        yield name, data[at + HEAD_BYTES : at + size]
        at += size


def _meta(file: BinaryIO) -> bytes | None:
    file.seek(0)
    at = 0
    for _ in range(MAX_BOXES):
        file.seek(at)
        size, name, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
        if name == b"meta" and HEAD_BYTES < size <= MAX_META_BYTES:
            file.seek(at + HEAD_BYTES)
            return file.read(size - HEAD_BYTES)
        size = large if size == 1 else size
        if size < HEAD_BYTES:
            return None
        at += size
    return None


def _items(parts: dict[bytes, bytes]) -> Items:
    items = {number: Item(kind) for number, kind in _kinds(parts[b"iinf"])}
    for number, at in _places(parts[b"iloc"]):
        if number in items:
            items[number].at = at
    held = dict(boxes(parts[b"iprp"]))
    known = list(boxes(held[b"ipco"]))
    for number, place in _associations(held[b"ipma"]):
        if number in items and 0 < place <= len(known):
            items[number].properties.append(known[place - 1])
    form = ">I" if parts[b"pitm"][0] else ">H"
    (primary,) = struct.unpack_from(form, parts[b"pitm"], 4)
    return Items(items[primary], list(items.values()))


def _kinds(body: bytes) -> Iterator[tuple[int, bytes]]:
    for name, entry in boxes(body[6:] if body[0] == 0 else body[8:]):
        if name == b"infe" and entry[0] in {2, 3}:
            number, _, kind = struct.unpack_from(">HH4s" if entry[0] == 2 else ">IH4s", entry, 4)  # noqa: PLR2004
            yield number, kind


def _places(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield number and offset of items that lie in the file itself, by their first extents."""
    version, lengths = body[0], struct.unpack_from(">BB", body, 4)
    offset_bytes, length_bytes = lengths[0] >> 4, lengths[0] & 15
    base_bytes, index_bytes = lengths[1] >> 4, lengths[1] & 15 if version else 0
    number_bytes = 4 if version == 2 else 2  # noqa: PLR2004
    at = 6
    count, at = _number(body, at, number_bytes)
    for _ in range(min(count, MAX_BOXES)):
        number, at = _number(body, at, number_bytes)
        method, at = _number(body, at, 2) if version else (0, at)
        base, at = _number(body, at + 2, base_bytes)
        extents, at = _number(body, at, 2)
        first, _ = _number(body, at + index_bytes, offset_bytes)
        at += extents * (index_bytes + offset_bytes + length_bytes)
        if method & 15 == 0 and extents:
            yield number, base + first


def _number(body: bytes, at: int, length: int) -> tuple[int, int]:
    if at + length > len(body):
        raise IndexError
    return int.from_bytes(body[at : at + length], "big"), at + length


def _associations(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield the number of an item with the place, from 1, of each of its properties."""
    version, is_wide = body[0], body[3] & 1
    count, at = _number(body, 4, 4)
    for _ in range(min(count, MAX_BOXES)):
        number, at = _number(body, at, 4 if version else 2)
        places, at = _number(body, at, 1)
        for _ in range(places):
            place, at = _number(body, at, 2 if is_wide else 1)
            yield number, place & (0x7FFF if is_wide else 0x7F)
