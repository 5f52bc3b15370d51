"""Icons of categories: SVG of which only drawing is left."""

import nh3

from shared.domain.errors import InvalidInputError
from shared.usecases.editorial.locales import of_few_marks

SHAPES = {"svg", "g", "title", "path", "circle", "ellipse", "line", "polygon", "polyline", "rect"}
LOOK = {
    "fill", "fill-opacity", "fill-rule", "clip-rule", "opacity", "stroke", "stroke-linecap",
    "stroke-linejoin", "stroke-miterlimit", "stroke-opacity", "stroke-width", "transform",
}  # fmt: skip
PLACES = {
    "svg": {"xmlns", "viewBox", "width", "height"},
    "path": {"d"},
    "circle": {"cx", "cy", "r"},
    "ellipse": {"cx", "cy", "rx", "ry"},
    "line": {"x1", "x2", "y1", "y2"},
    "polygon": {"points"},
    "polyline": {"points"},
    "rect": {"x", "y", "width", "height", "rx", "ry"},
}


def clean_svg(text: str) -> str:
    """Return the drawing with nothing in it but shapes that refer to nothing."""
    drawing = nh3.clean(
        of_few_marks(text),
        tags=SHAPES,
        attributes={**PLACES, "*": LOOK},
        attribute_filter=_without_urls,
    ).strip()
    if not drawing.startswith("<svg"):
        raise InvalidInputError("svg_icon is an SVG drawing: <svg …>…</svg>.", field="svg_icon")
    return of_few_marks(drawing)


def _without_urls(_tag: str, _name: str, value: str) -> str | None:
    r"""Drop what refers to something, also where CSS would read `u\72l(` as `url(`."""
    return None if "url(" in value.lower() or "\\" in value else value
