"""From a file to three thumbnails: the steps, in order. No S3, no Postgres, no queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from worker.imaging.colour import align_transparency, to_plain_mode, without_idle_alpha
from worker.imaging.decode import check_header, decode, judging, open_picture
from worker.imaging.encode import encode
from worker.imaging.errors import BadPicture
from worker.imaging.look import describe
from worker.imaging.model import THUMBNAIL_FORMATS, Picture, Recipe, Rendition
from worker.imaging.orient import orient, orientation_of, oriented_size
from worker.imaging.outputs import Outputs
from worker.imaging.report import Report, Written
from worker.imaging.resize import cascade, fit, premultiply, shrink, straighten
from worker.imaging.scanlines import check_scanlines
from worker.imaging.sniff import sniff
from worker.imaging.stopwatch import Stopwatch
from worker.imaging.structure import check_structure

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
    still = read_still(file, file_type, recipe, watch)
    images = resize(still, recipe, watch)
    written = write_thumbnails(images, THUMBNAIL_FORMATS[file_type], outputs, recipe, watch)
    with watch.step("describe"):
        look = describe(min(images, key=lambda image: image.width * image.height))
    return Report(file_type, still.width, still.height, written, look, watch.step_ms)


def read_still(file: BinaryIO, file_type: str, recipe: Recipe, watch: Stopwatch) -> Still:
    """Take steps 3 to 8: open, check, decode, colour, shrink to the largest thumbnail, orient.

    Turning a small picture is cheaper than turning a large one, so it comes after the shrinking.
    """
    largest_px = max(recipe.sizes_px)
    with judging(file, file_type, recipe.max_pixels):
        with watch.step("open"):
            picture = open_picture(file, file_type)
            check_header(picture, file_type, recipe)
            align_transparency(picture)
            full_size = picture.size
            orientation = orientation_of(picture)
        with watch.step("decode"):
            decode(picture, largest_px)
            if file_type == "png":
                check_scanlines(picture, file)
        with watch.step("colour"):
            image = premultiply(to_plain_mode(picture))
    del picture  # its pixels may be the larger half of the memory in use
    with watch.step("resize"):
        image = shrink(image, fit(full_size, largest_px))
    with watch.step("orient"):
        image = straighten(orient(image, orientation))
    with watch.step("colour"):
        image = without_idle_alpha(image)
    return Still(image, *oriented_size(full_size, orientation))


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
