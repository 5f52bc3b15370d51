"""From a file to its thumbnails: the steps, in order. No S3, no Postgres, no queue.

Sniff and check, open with the allow-list, decode, to sRGB, orient (all in `reading`), resize as a
cascade, cut out the square, mark copies with a text, encode, describe. Nothing is sharpened: what
Lanczos gives is what other tools show.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from worker.imaging.encode import encode_all
from worker.imaging.errors import BadPicture
from worker.imaging.look import describe
from worker.imaging.metadata.credit import Credit, credit_of
from worker.imaging.model import (
    MARKED,
    SUFFIXES,
    Picture,
    Recipe,
    Rendition,
    thumbnail_extension,
)
from worker.imaging.outputs import Outputs
from worker.imaging.reading import read
from worker.imaging.report import Report, Written
from worker.imaging.resize import thumbnails_of
from worker.imaging.sniff import sniff
from worker.imaging.square import square_of
from worker.imaging.stopwatch import Stopwatch
from worker.imaging.structure import check_structure
from worker.imaging.watermark import mark

__all__ = ["BadPicture", "Picture", "Recipe", "Rendition", "make_thumbnails", "run"]


def make_thumbnails(source: Path, out_dir: Path, recipe: Recipe) -> Picture:
    """Make `out_dir`/TH.*, THM.*, THP.*, THS.* and so on in this process. Raises BadPicture."""
    with source.open("rb") as file, Outputs(out_dir, recipe.suffixes) as outputs:
        return outputs.publish(run(file, outputs.files, recipe))


def run(file: BinaryIO, outputs: Sequence[BinaryIO], recipe: Recipe) -> Report:
    """Read the picture in `file` and write what has the recipe's suffixes to `outputs`.

    Raises BadPicture.
    """
    watch = Stopwatch()
    with watch.step("check"):
        file_type = sniff(file)
        check_structure(file, file_type)
    still = read(file, file_type, recipe, watch)
    with watch.step("resize"):
        images = thumbnails_of(still.image, (still.width, still.height), recipe.sizes_px)
        if recipe.square_px:
            images.append(square_of([still.image, *images], recipe.gravity, recipe.square_px))
    look_at = min(images, key=lambda image: image.width * image.height)
    if recipe.watermark:
        with watch.step("watermark"):
            images += [mark(images[SUFFIXES.index(of)], recipe.watermark) for of in MARKED.values()]
    has_alpha = still.image.mode in {"LA", "RGBA"}
    extension = thumbnail_extension(recipe.thumbnails, file_type, has_alpha=has_alpha)
    with watch.step("encode"):
        credit = credit_of(still.metadata) if recipe.keeps_credit else Credit()
        encoded = encode_all(images, extension, recipe.quality, credit)
        written = tuple(map(write, images, encoded, outputs))
    with watch.step("describe"):
        look = describe(look_at)
    size = (still.width, still.height)
    return Report(file_type, *size, extension, written, look, still.metadata, watch.step_ms)


def write(image: Image.Image, data: bytes, output: BinaryIO) -> Written:
    """Write one thumbnail, and say what was written."""
    output.write(data)
    output.flush()
    return Written(image.width, image.height, len(data), sha256(data).hexdigest())
