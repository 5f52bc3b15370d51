"""Between steps 9 and 10: a text over copies of the medium one and the preview.

It is repeated along diagonals, half transparent, white with a dark edge: seen on light and on dark,
and no large piece of the picture is without it.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from math import ceil, cos, hypot, radians, sin
from xml.etree import ElementTree as ET

import resvg_py
from PIL import Image

from worker.imaging.fonts import FAMILY, font_files

ANGLE_DEGREES = 30
LETTERS_PER_DIAGONAL, LETTERS_PER_SIDE = 28, 5
"""So much of the picture's diagonal letters are high, unless a side is short or the text long."""
LONGEST_SHARE = 0.6
"""Of the diagonal: what a text takes at most."""
LEAST_PX = 9
OPACITY = "0.42"
GAP, ROW = 1.2, 2.8
"""Between one text and the next, and from row to row, in heights of letters."""

DRAWN_PX = 64
NAMESPACE = "http://www.w3.org/2000/svg"
UNKNOWN = "\uf8ff"
"""No font of ours has it: it is drawn as whatever is missing is drawn."""

Place = tuple[int, int]


def undrawable(text: str) -> str:
    """Return the characters of a text that the font does not have, or that leave no ink."""
    unknown = _drawn(UNKNOWN).tobytes()
    return "".join(
        letter
        for letter in sorted(set(text) - {" "})
        if _drawn(letter).size == (1, 1) or _drawn(letter).tobytes() == unknown
    )


def mark(image: Image.Image, text: str) -> Image.Image:
    """Return an L, LA, RGB or RGBA picture with the text all over it."""
    stamp, (along, across) = _stamp(image.size, text)
    margin = max(stamp.size)
    overlay = Image.new("RGBA", (image.width + 2 * margin, image.height + 2 * margin))
    for left, top in _places(image.size, stamp.size, along, across):
        overlay.alpha_composite(stamp, (left + margin, top + margin))
    box = (margin, margin, margin + image.width, margin + image.height)
    marked = Image.alpha_composite(image.convert("RGBA"), overlay.crop(box))
    return marked.convert(image.mode)


def _stamp(size: Place, text: str) -> tuple[Image.Image, tuple[float, float]]:
    """Return the slanting text in the size for a picture, and how far apart it stands."""
    ink, diagonal = _drawn(text), hypot(*size)
    wished = min(diagonal / LETTERS_PER_DIAGONAL, min(size) / LETTERS_PER_SIDE)
    height = min(wished, diagonal * LONGEST_SHARE * DRAWN_PX / ink.width)
    scale = max(LEAST_PX, height) / DRAWN_PX
    width, depth = (max(1, round(side * scale)) for side in ink.size)
    small = ink.convert("RGBa").resize((width, depth), Image.Resampling.BOX)
    slanting = small.rotate(ANGLE_DEGREES, Image.Resampling.BICUBIC, expand=True)
    letters_px = scale * DRAWN_PX
    return slanting.convert("RGBA"), (width + GAP * letters_px, ROW * letters_px)


def _places(size: Place, stamp: Place, along: float, across: float) -> Iterator[Place]:
    """Yield where stamps lie that touch the picture: rows along the diagonal, like bricks."""
    right, down = cos(radians(ANGLE_DEGREES)), sin(radians(ANGLE_DEGREES))
    reach = hypot(*size) / 2 + max(stamp)
    for row in range(-ceil(reach / across), ceil(reach / across) + 1):
        for column in range(-ceil(reach / along) - 1, ceil(reach / along) + 1):
            distance = (column + row % 2 / 2) * along
            left = round((size[0] - stamp[0]) / 2 + distance * right + row * across * down)
            top = round((size[1] - stamp[1]) / 2 - distance * down + row * across * right)
            if -stamp[0] < left < size[0] and -stamp[1] < top < size[1]:
                yield left, top


@lru_cache(maxsize=32)
def _drawn(text: str) -> Image.Image:
    """Draw a text, cut to its ink; one pixel of nothing where there is none."""
    room = DRAWN_PX * 2
    size = {"width": str(room * (len(text) + 2)), "height": str(room * 2)}
    root = ET.Element("svg", {"xmlns": NAMESPACE, **size})
    group = ET.SubElement(root, "g", {"opacity": OPACITY})
    look = {"fill": "#fff", "stroke": "#000", "stroke-width": "5", "stroke-linejoin": "round"}
    place = {"x": "50%", "y": str(room), "text-anchor": "middle", "font-size": str(DRAWN_PX)}
    look |= {"paint-order": "stroke", "font-weight": "bold"}
    ET.SubElement(group, "text", {**place, **look}).text = text
    png = resvg_py.svg_to_bytes(
        svg_string=ET.tostring(root, encoding="unicode"),
        skip_system_fonts=True,
        font_files=font_files(),
        font_family=FAMILY,
    )
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        drawn = image.convert("RGBA")
    return drawn.crop(drawn.getchannel("A").getbbox() or (0, 0, 1, 1))
