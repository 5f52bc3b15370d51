"""Part of step 7: the square, cut out where the gravity of the picture says, then shrunk."""

from collections.abc import Sequence

from PIL import Image

from worker.imaging.model import Recipe
from worker.imaging.resize import premultiply, shrink, straighten

Box = tuple[int, int, int, int]

SIDES = {
    "center": (0.5, 0.5),
    "north": (0.5, 0.0),
    "northeast": (1.0, 0.0),
    "east": (1.0, 0.5),
    "southeast": (1.0, 1.0),
    "south": (0.5, 1.0),
    "southwest": (0.0, 1.0),
    "west": (0.0, 0.5),
    "northwest": (0.0, 0.0),
}
"""Which share of what is cut away lies left of the square, and above it."""

MOST_TIMES = 8
"""A picture over 24 times as long as wide is not kept larger for the square's sake."""


def needed_px(size: tuple[int, int], recipe: Recipe) -> int:
    """Return the longest side from which all thumbnails can be made, the square among them."""
    largest_px = max(recipe.sizes_px)
    for_square = -(-(recipe.square_px or 0) * max(size) // min(size))
    return max(largest_px, min(for_square, MOST_TIMES * largest_px))


def square_of(images: Sequence[Image.Image], gravity: str, side_px: int) -> Image.Image:
    """Cut the square out of the smallest that holds it; never enlarged."""
    fitting = [image for image in images if min(image.size) >= side_px]
    image = min(fitting or [max(images, key=_shortest)], key=_shortest)
    cut = image.crop(crop_box(image.size, gravity))
    side = min(side_px, *cut.size)
    return cut if cut.size == (side, side) else straighten(shrink(premultiply(cut), (side, side)))


def crop_box(size: tuple[int, int], gravity: str) -> Box:
    """Return the largest square: towards a side, or about a point `x,y` as far as there is room."""
    side = min(size)
    if gravity in SIDES:
        left, top = (
            round(share * (length - side))
            for share, length in zip(SIDES[gravity], size, strict=True)
        )
    else:
        left, top = (
            min(max(0, round(float(at) * length - side / 2)), length - side)
            for at, length in zip(gravity.split(","), size, strict=True)
        )
    return left, top, left + side, top + side


def _shortest(image: Image.Image) -> int:
    return min(image.size)
