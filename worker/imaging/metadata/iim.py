"""IPTC-IIM 4.2: datasets of records 1 and 2, as text."""

import re
from collections import defaultdict
from collections.abc import Iterator

from worker.imaging.metadata.text import ISO_8859, cleaned, decoded
from worker.imaging.metadata.times import iso_time
from worker.imaging.metadata.told import Told

MAX_BYTES = 1024 * 1024
MAX_DATASETS = 10_000
MARKER = 0x1C
EXTENDED = 0x8000
CHARSET = (1, 90)
UTF_8 = b"\x1b%G"
DESIGNATES = re.compile(rb"\x1b[-./](.)")
"""What chooses a set of 96 letters beside ASCII (ISO 2022), by its last byte."""

TEXTS = {
    5: "title",
    40: "instructions",
    85: "jobTitle",
    90: "city",
    95: "state",
    101: "country",
    105: "headline",
    110: "creditLine",
    115: "source",
    116: "copyright",
    120: "caption",
}
LISTS = {25: "keywords", 80: "creator"}
DATE, TIME = 55, 60
LONGEST = {
    "title": 64, "instructions": 256, "jobTitle": 32, "city": 32, "state": 32, "country": 64,
    "headline": 256, "creditLine": 32, "source": 32, "copyright": 128, "caption": 2000,
    "keywords": 64, "creator": 32,
}  # fmt: skip
"""Bytes that a dataset may hold: what is as long may be the beginning of what XMP has whole."""


def read_iim(data: bytes) -> Told:
    """Return what a block says; what follows damage is left out."""
    sets: dict[int, list[bytes]] = defaultdict(list)
    charset = b""
    for record, number, value in _datasets(data[:MAX_BYTES]):
        if (record, number) == CHARSET:
            charset = value
        elif record == 2:  # noqa: PLR2004 - the application record
            sets[number].append(value)
    texts = {number: [cleaned(_text(each, charset)) for each in sets[number]] for number in sets}
    told = Told()
    for number, name in TEXTS.items():
        told.put_text(name, next(iter(texts.get(number, [])), ""))
    for number, name in LISTS.items():
        told.put_list(name, texts.get(number, []))
    day, time = ("".join(texts.get(number, [])[:1]) for number in (DATE, TIME))
    told.put_text("dateCreated", iso_time(day, time))
    return told


def _datasets(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    for _ in range(MAX_DATASETS):
        if len(data) < at + 5 or data[at] != MARKER:
            return
        record, number = data[at + 1], data[at + 2]
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        at += 5
        if length & EXTENDED:
            width = length & ~EXTENDED
            length = int.from_bytes(data[at : at + min(width, 8)], "big")
            at += width
        if at + length > len(data):
            return
        yield record, number, data[at : at + length]
        at += length


def _text(value: bytes, charset: bytes) -> str:
    if charset.startswith(UTF_8):
        return value.decode("utf-8", "replace").rstrip("\ufffd")  # of a letter that was cut off
    chosen = DESIGNATES.match(charset)
    known = ISO_8859.get(chosen[1]) if chosen else None
    return value.decode(known, "replace") if known else decoded(value)
