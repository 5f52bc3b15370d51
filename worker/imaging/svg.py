"""Steps 3 to 7 for SVG, which resvg draws at the size of the largest thumbnail.

What is drawn is rebuilt from what was read, without scripts and without any reference but to its
own parts and to raster pictures within it: nothing is ever fetched, no file opened.
"""

import math
import re
from binascii import a2b_base64
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET
from xml.parsers.expat import errors

import resvg_py
from PIL import Image

from worker.imaging.bounded_xml import TooComplexError, parse_xml
from worker.imaging.errors import BadPicture, corrupt, truncated
from worker.imaging.fonts import FAMILY, font_files

MAX_BYTES = 16 * 1024 * 1024
MAX_ELEMENTS = 100_000
MAX_DEPTH = 200
MAX_DRAWN = 500_000
"""Elements, once each `use` stands for all that it refers to."""

MAX_EMBEDDED_PIXELS = 50_000_000
NAMESPACE = "{http://www.w3.org/2000/svg}"
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
FORBIDDEN = {f"{NAMESPACE}{name}" for name in ("script", "foreignObject", "handler", "listener")}
RASTER = re.compile(r"\s*data:image/(png|jpe?g|gif|webp)(;base64)?,", re.IGNORECASE)
WITHIN = re.compile(rf"\s*#|{RASTER.pattern}", re.IGNORECASE)
URL = re.compile(r"""url\(\s*["']?\s*#([^"')\s]+)""", re.IGNORECASE)
LENGTH = re.compile(
    r"\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*(px|pt|pc|mm|cm|in|em|ex|)\s*", re.IGNORECASE
)
PX = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}
PX |= {"em": 16, "ex": 8}
REPLACED_SIZE = (300.0, 150.0)
"""What browsers take where a picture does not tell its size (CSS 2.1, §10.3.2)."""

CUT_OFF = {
    errors.codes[errors.XML_ERROR_NO_ELEMENTS],
    errors.codes[errors.XML_ERROR_UNCLOSED_TOKEN],
}

Size = tuple[float, float]


def read_svg(file: BinaryIO) -> ET.Element:
    """Read it within its limits, and leave out what could reach beyond it. Raises BadPicture."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large(f"It has over {MAX_BYTES >> 20} MiB")
    root = _parse(data)
    if root.tag != f"{NAMESPACE}svg":
        raise corrupt("svg", "its first element is no svg of the SVG namespace")
    embedded_pixels = 0
    for element in root.iter():
        for child in [child for child in element if child.tag in FORBIDDEN]:
            element.remove(child)
        for name in HREFS:
            href = element.get(name, "#")
            if not WITHIN.match(href):
                del element.attrib[name]
            embedded_pixels += pixels_of(href)
    if embedded_pixels > MAX_EMBEDDED_PIXELS:
        raise _too_large(f"The pictures in it have {embedded_pixels / 1e6:.0f} million pixels")
    if _drawn(root) > MAX_DRAWN:
        raise _too_large(f"It draws over {MAX_DRAWN:,} shapes")
    return root


def pixels_of(href: str) -> int:
    """Return how many pixels a picture within a URL has; 0 if it is none, or a broken one."""
    match = RASTER.match(href)
    if match is None:
        return 0
    packed = unquote_to_bytes(href[match.end() :])
    try:
        data = a2b_base64(packed) if match[2] else packed
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            return image.width * image.height
    except (OSError, ValueError, SyntaxError):
        return 0


def size_of(root: ET.Element) -> tuple[int, int]:
    """Width and height in CSS pixels, at least 1 (SVG 2, §8.2 and §7.9)."""
    width, height = (_length(root.get(name, "")) for name in ("width", "height"))
    box = _box(root) or REPLACED_SIZE
    if width is None:
        width = height * box[0] / box[1] if height is not None else box[0]
    if height is None:
        height = width * box[1] / box[0]
    if not (math.isfinite(width) and math.isfinite(height)) or min(width, height) <= 0:
        raise corrupt("svg", "it has no width or no height")
    return max(1, round(width)), max(1, round(height))


def draw(root: ET.Element, size: tuple[int, int], drawn_size: tuple[int, int]) -> Image.Image:
    """Draw a picture of `size` at `drawn_size`, in RGBA. Raises BadPicture."""
    if _box(root) is None:
        root.set("viewBox", f"0 0 {size[0]} {size[1]}")
    for name, length in zip(("width", "height"), drawn_size, strict=True):
        root.set(name, str(length))
    text = ET.tostring(root, encoding="unicode")
    fonts = font_files() if f"{NAMESPACE}text" in {element.tag for element in root.iter()} else []
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=text,
            skip_system_fonts=True,
            font_files=fonts,
            font_family=FAMILY,
            serif_family=FAMILY,
            sans_serif_family=FAMILY,
            monospace_family=FAMILY,
        )
    except ValueError as error:
        raise corrupt("svg", "it cannot be drawn") from error
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        return image.convert("RGBA")


def _parse(data: bytes) -> ET.Element:
    try:
        return parse_xml(data, max_elements=MAX_ELEMENTS, max_depth=MAX_DEPTH)
    except TooComplexError as error:
        raise _too_large("It has too many elements, or too many within each other") from error
    except ET.ParseError as error:
        if error.code in CUT_OFF:
            raise truncated("svg") from error
        raise corrupt("svg", "its XML is not well formed") from error


def _drawn(root: ET.Element) -> int:
    """Count elements, as often as they are used; a use of what it stands in counts nothing."""
    known: dict[ET.Element, int] = {}
    named = {element.get("id"): element for element in root.iter()}

    def count(element: ET.Element) -> int:
        if element not in known:
            known[element] = 0  # while it is being counted
            known[element] = 1 + sum(count(part) for part in _parts(element, named))
        return known[element]

    try:
        return count(root)
    except RecursionError:  # a chain of a thousand uses
        return MAX_DRAWN + 1


def _parts(element: ET.Element, named: dict[str | None, ET.Element]) -> Iterator[ET.Element]:
    """Yield what is within it, and what it refers to: a use, filter, mask, pattern and so on."""
    yield from element
    hrefs = [element.get(name, "").strip().removeprefix("#") for name in HREFS]
    urls = [url for value in element.attrib.values() for url in URL.findall(value)]
    for name in [*hrefs, *urls]:
        used = named.get(name) if name else None
        if used is not None:
            yield used


def _box(root: ET.Element) -> Size | None:
    numbers = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    try:
        _, _, width, height = (float(number) for number in numbers)
    except ValueError:
        return None
    is_sound = 0 < width < math.inf and 0 < height < math.inf
    return (width, height) if is_sound else None


def _length(text: str) -> float | None:
    """Return CSS pixels; None for `auto`, percentages, and what is no length."""
    match = LENGTH.fullmatch(text)
    return float(match[1]) * PX[match[2].lower()] if match else None


def _too_large(what: str) -> BadPicture:
    return BadPicture("too_large", f"{what}: simplify the drawing, or upload a bitmap.", "svg")
