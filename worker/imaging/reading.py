"""Steps 3 to 8: from an open file to upright sRGB pixels, no more of them than are needed."""

from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from shared.domain.metadata import Metadata
from worker.imaging.color import (
    align_transparency,
    extent_of,
    to_plain_mode,
    with_nothing_around,
    without_idle_alpha,
)
from worker.imaging.decode import check_header, check_pixels, decode, open_picture
from worker.imaging.errors import BadPicture
from worker.imaging.jpeg_end import with_its_end
from worker.imaging.metadata.reading import metadata_of_drawing, read_metadata
from worker.imaging.model import Recipe
from worker.imaging.orient import orient, orientation_of, oriented_size
from worker.imaging.profile import profile_of, to_srgb
from worker.imaging.resize import fit, premultiply, shrink, straighten
from worker.imaging.scanlines import check_scanlines
from worker.imaging.square import needed_px
from worker.imaging.stopwatch import Stopwatch
from worker.imaging.strips import shrunk_in_strips
from worker.imaging.svg import draw, read_svg, size_of
from worker.imaging.verdict import judging
from worker.imaging.whites import with_whites


@dataclass(frozen=True)
class Still:
    """A decoded first frame, at most as large as it is needed, upright."""

    image: Image.Image
    width: int
    height: int
    metadata: Metadata


def read(file: BinaryIO, file_type: str, recipe: Recipe, watch: Stopwatch) -> Still:
    """Read a picture whose container is sound. Raises BadPicture."""
    if file_type == "svg":
        return read_drawing(file, file_type, recipe, watch)
    return read_still(file, file_type, recipe, watch)


def read_still(file: BinaryIO, file_type: str, recipe: Recipe, watch: Stopwatch) -> Still:
    """Read a picture; a JPEG that lacks nothing but its end gets that first."""
    try:
        return read_whole(file, file_type, recipe, watch)
    except BadPicture as bad:
        whole = with_its_end(file) if (file_type, bad.reason) == ("jpg", "truncated") else None
        if whole is None:
            raise
        return read_whole(whole, file_type, recipe, watch)


def read_whole(file: BinaryIO, file_type: str, recipe: Recipe, watch: Stopwatch) -> Still:
    """Take steps 3 to 8: open, check, decode, color, shrink to the largest thumbnail, orient.

    Turning a small picture is cheaper than turning a large one, so it comes after the shrinking;
    and so does its profile.
    """
    with judging(file, file_type, recipe.max_pixels):
        with watch.step("open"):
            picture = open_picture(file, file_type)
            check_header(picture, file, file_type, recipe)
            align_transparency(picture)
            orientation = orientation_of(picture, file)
            largest_px = needed_px(picture.size, recipe)
            extent = extent_of(picture, file)
        with watch.step("metadata"):
            metadata = read_metadata(picture, file)
        with watch.step("decode"):
            full_size = picture.size
            image = shrunk_in_strips(picture, file, largest_px)
            if image is None:
                full_size, image = decode(picture, largest_px), picture
                if file_type == "png":
                    check_scanlines(picture, file)
                if file_type == "jp2":
                    image = with_whites(picture, file)
        with watch.step("colour"):
            profile = profile_of(picture, file)
            image = premultiply(with_nothing_around(to_plain_mode(image), extent))
    del picture  # its pixels may be the larger half of the memory in use
    with watch.step("resize"):
        image = shrink(image, fit(full_size, largest_px))
    with watch.step("orient"):
        image = straighten(orient(image, orientation))
    with watch.step("colour"):
        image = without_idle_alpha(to_srgb(image, profile))
    return Still(image, *oriented_size(full_size, orientation), metadata)


def read_drawing(file: BinaryIO, file_type: str, recipe: Recipe, watch: Stopwatch) -> Still:
    """Take steps 3 to 8 for SVG: read, check, draw at the size of the largest thumbnail."""
    with judging(file, file_type, recipe.max_pixels):
        with watch.step("open"):
            drawing = read_svg(file)
            size = size_of(drawing)
            check_pixels(size, file_type, recipe.max_pixels)
        with watch.step("metadata"):
            metadata = metadata_of_drawing(drawing)
        with watch.step("decode"):
            image = draw(drawing, size, fit(size, needed_px(size, recipe)))
    with watch.step("colour"):
        image = without_idle_alpha(image)
    return Still(image, *size, metadata)
