"""XMP (ISO 16684-1): the properties of a packet, of RDF in all its forms that editors write."""

import re
from collections import defaultdict
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from shared.domain.metadata import DEFAULT, Gps, Languages
from worker.imaging.bounded_xml import TooComplexError, parse_xml
from worker.imaging.metadata.text import decoded
from worker.imaging.metadata.times import checked_time
from worker.imaging.metadata.told import Told

MAX_BYTES = 4 * 1024 * 1024
MAX_ELEMENTS = 50_000
MAX_DEPTH = 64
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"
IPTC_CORE = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
IPTC_EXTENSION = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

LISTS = {f"{DC}creator": "creator", f"{DC}subject": "keywords"}
TEXTS = {
    f"{PHOTOSHOP}AuthorsPosition": "jobTitle",
    f"{DC}description": "caption",
    f"{PHOTOSHOP}Headline": "headline",
    f"{DC}title": "title",
    f"{PHOTOSHOP}Credit": "creditLine",
    f"{DC}rights": "copyright",
    f"{PHOTOSHOP}Source": "source",
    f"{PHOTOSHOP}City": "city",
    f"{PHOTOSHOP}State": "state",
    f"{PHOTOSHOP}Country": "country",
    f"{PHOTOSHOP}Instructions": "instructions",
    f"{RIGHTS}UsageTerms": "usageTerms",
    f"{IPTC_EXTENSION}Event": "event",
    f"{IPTC_CORE}AltTextAccessibility": "altText",
}
TIMES = (f"{PHOTOSHOP}DateCreated", f"{EXIF}DateTimeOriginal")
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
DECLARATION = re.compile(r"<\?xml\b[^>]{0,200}\?>")
DEGREES = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d{1,10})?)(?:,(\d{1,2}(?:\.\d{1,10})?))?([NSEW])")
FRACTION = re.compile(r"(\d{1,12})(?:/(\d{1,12}))?")

Value = tuple[str, str]
"""A language and a text."""


def read_xmp(data: bytes) -> Told:
    """Return what a packet says. Raises ValueError if it is none, or has a document type."""
    return told_by(_parse(data))


def told_by(root: ET.Element) -> Told:
    """Return what the RDF within an element says, as it stands in a packet or in an SVG."""
    values = dict(_properties(root))
    told = Told()
    for name, field in LISTS.items():
        told.put_list(field, [text for _, text in values.get(name, [])])
    for name, field in TEXTS.items():
        texts: Languages = {}
        for language, text in values.get(name, []):
            texts.setdefault(language, text)
        told.put_languages(field, texts)
    times = (checked_time(text) for name in TIMES for _, text in values.get(name, [])[:1])
    told.put_text("dateCreated", next(filter(None, times), ""))
    told.gps = _position(values)
    return told


def _parse(data: bytes) -> ET.Element:
    if len(data) > MAX_BYTES:
        raise ValueError("XMP of over 4 MiB")
    mark = next((mark for mark in MARKS if data.startswith(mark)), b"")
    text = data.decode(MARKS[mark], "replace") if mark else decoded(data)
    text = DECLARATION.sub("", text.strip("\0 \t\r\n"), count=1)
    if "<!DOCTYPE" in text:
        raise ValueError("XMP with a document type, which may define entities")
    try:
        return parse_xml(text, max_elements=MAX_ELEMENTS, max_depth=MAX_DEPTH)
    except TooComplexError as error:
        raise ValueError("XMP with too many elements, or too many within each other") from error
    except ET.ParseError as error:
        raise ValueError("XMP that is not well formed") from error


def _properties(root: ET.Element) -> Iterator[tuple[str, list[Value]]]:
    found: dict[str, list[Value]] = defaultdict(list)
    for rdf in [root] if root.tag == f"{RDF}RDF" else root.iter(f"{RDF}RDF"):
        for description in rdf.findall(f"{RDF}Description"):
            for name, text in description.items():
                found[name] += [(DEFAULT, text)]
            for element in description:
                found[element.tag] += _values(element)
    yield from found.items()


def _values(element: ET.Element) -> list[Value]:
    """Return the items of a list or of languages, or the one text."""
    for kind in ("Alt", "Seq", "Bag"):
        items = element.find(f"{RDF}{kind}")
        if items is not None:
            return [_item(item) for item in items.findall(f"{RDF}li")]
    return [_item(element)]


def _item(element: ET.Element) -> Value:
    value = element.find(f".//{RDF}value")
    text = (element if value is None else value).text or ""
    return element.get(LANGUAGE, DEFAULT), text


def _position(values: dict[str, list[Value]]) -> Gps | None:
    texts = {name: given[0][1].strip() for name, given in values.items() if given}
    latitude = _degrees(texts.get(f"{EXIF}GPSLatitude", ""), "NS", 90)
    longitude = _degrees(texts.get(f"{EXIF}GPSLongitude", ""), "EW", 180)
    if latitude is None or longitude is None:
        return None
    gps: Gps = {"latitude": latitude, "longitude": longitude}
    altitude = FRACTION.fullmatch(texts.get(f"{EXIF}GPSAltitude", ""))
    if altitude and (divisor := int(altitude[2] or 1)):
        sign = -1 if texts.get(f"{EXIF}GPSAltitudeRef") == "1" else 1
        gps["altitude"] = round(sign * int(altitude[1]) / divisor, 2)
    return gps


def _degrees(text: str, sides: str, most: int) -> float | None:
    """Read `DDD,MM,SSk` or `DDD,MM.mmk` (XMP part 2, GPSCoordinate)."""
    match = DEGREES.fullmatch(text)
    if match is None or match[4] not in sides:
        return None
    value = int(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600
    if value > most:
        return None
    return round(-value if match[4] == sides[1] else value, 7)
