"""From a file to three thumbnails: the steps, in order. No S3, no Postgres, no queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from worker.imaging.colour import (
    align_transparency,
    extent_of,
    to_plain_mode,
    with_nothing_around,
    without_idle_alpha,
)
from worker.imaging.decode import check_header, check_pixels, decode, open_picture
from worker.imaging.encode import encode
from worker.imaging.errors import BadPicture
from worker.imaging.jpeg_end import with_its_end
from worker.imaging.look import describe
from worker.imaging.model import Picture, Recipe, Rendition, thumbnail_extension
from worker.imaging.orient import orient, orientation_of, oriented_size
from worker.imaging.outputs import Outputs
from worker.imaging.profile import profile_of, to_srgb
from worker.imaging.report import Report, Written
from worker.imaging.resize import cascade, fit, premultiply, shrink, straighten
from worker.imaging.scanlines import check_scanlines
from worker.imaging.sniff import sniff
from worker.imaging.stopwatch import Stopwatch
from worker.imaging.strips import shrunk_in_strips
from worker.imaging.structure import check_structure
from worker.imaging.svg import draw, read_svg, size_of
from worker.imaging.verdict import judging

__all__ = ["BadPicture", "Picture", "Recipe", "Rendition", "make_thumbnails", "run"]


@dataclass(frozen=True)
class Still:
    """A decoded first frame, at most as large as it is needed, upright."""

    image: Image.Image
    width: int
    height: int


def make_thumbnails(source: Path, out_dir: Path, recipe: Recipe) -> Picture:
    """Make `out_dir`/TH.*, THM.* and THP.* in this process. Raises BadPicture."""
    with source.open("rb") as file, Outputs(out_dir) as outputs:
        return outputs.publish(run(file, outputs.files, recipe))


def run(file: BinaryIO, outputs: Sequence[BinaryIO], recipe: Recipe) -> Report:
    """Read the picture in `file` and write TH, THM and THP to `outputs`. Raises BadPicture."""
    watch = Stopwatch()
    with watch.step("check"):
        file_type = sniff(file)
        check_structure(file, file_type)
    read = read_drawing if file_type == "svg" else read_still
    still = read(file, file_type, recipe, watch)
    images = resize(still, recipe, watch)
    has_alpha = still.image.mode in {"LA", "RGBA"}
    extension = thumbnail_extension(recipe.thumbnails, file_type, has_alpha=has_alpha)
    written = write_thumbnails(images, extension, outputs, recipe, watch)
    with watch.step("describe"):
        look = describe(min(images, key=lambda image: image.width * image.height))
    return Report(file_type, still.width, still.height, extension, written, look, watch.step_ms)


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
    """Take steps 3 to 8: open, check, decode, colour, shrink to the largest thumbnail, orient.

    Turning a small picture is cheaper than turning a large one, so it comes after the shrinking;
    and so does its profile.
    """
    largest_px = max(recipe.sizes_px)
    with judging(file, file_type, recipe.max_pixels):
        with watch.step("open"):
            picture = open_picture(file, file_type)
            check_header(picture, file, file_type, recipe)
            align_transparency(picture)
            orientation = orientation_of(picture, file)
            extent = extent_of(picture)
        with watch.step("decode"):
            full_size = picture.size
            image = shrunk_in_strips(picture, file, largest_px)
            if image is None:
                full_size, image = decode(picture, largest_px), picture
                if file_type == "png":
                    check_scanlines(picture, file)
        with watch.step("colour"):
            profile = profile_of(picture)
            image = premultiply(with_nothing_around(to_plain_mode(image), extent))
    del picture  # its pixels may be the larger half of the memory in use
    with watch.step("resize"):
        image = shrink(image, fit(full_size, largest_px))
    with watch.step("orient"):
        image = straighten(orient(image, orientation))
    with watch.step("colour"):
        image = without_idle_alpha(to_srgb(image, profile))
    return Still(image, *oriented_size(full_size, orientation))


def read_drawing(file: BinaryIO, file_type: str, recipe: Recipe, watch: Stopwatch) -> Still:
    """Take steps 3 to 8 for SVG: read, check, draw at the size of the largest thumbnail."""
    with judging(file, file_type, recipe.max_pixels):
        with watch.step("open"):
            drawing = read_svg(file)
            size = size_of(drawing)
            check_pixels(size, file_type, recipe.max_pixels)
        with watch.step("decode"):
            image = draw(drawing, size, fit(size, max(recipe.sizes_px)))
    with watch.step("colour"):
        image = without_idle_alpha(image)
    return Still(image, *size)


def resize(still: Still, recipe: Recipe, watch: Stopwatch) -> list[Image.Image]:
    """Take step 9: the cascade; results come in the order of the recipe."""
    falling = sorted(set(recipe.sizes_px), reverse=True)
    sizes = [fit((still.width, still.height), longest_px) for longest_px in falling]
    with watch.step("resize"):
        images = map(straighten, cascade(premultiply(still.image), sizes))
        made = dict(zip(falling, images, strict=True))
    return [made[longest_px] for longest_px in recipe.sizes_px]


def write_thumbnails(
    images: Sequence[Image.Image],
    extension: str,
    outputs: Sequence[BinaryIO],
    recipe: Recipe,
    watch: Stopwatch,
) -> tuple[Written, ...]:
    """Take step 10: encode and write each; in the order of the recipe."""
    with watch.step("encode"):
        return tuple(
            write(image, extension, recipe.quality, output)
            for image, output in zip(images, outputs, strict=True)
        )


def write(image: Image.Image, extension: str, quality: int, output: BinaryIO) -> Written:
    """Encode one thumbnail, write it, and say what was written."""
    data = encode(image, extension, quality)
    output.write(data)
    output.flush()
    return Written(image.width, image.height, len(data), sha256(data).hexdigest())
