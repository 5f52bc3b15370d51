"""Another decoder: libvips, which has no part in the product, says what pictures look like."""

from typing import Any

import pyvips
from PIL import Image


def by_vips(data: bytes) -> Image.Image:
    """Decode a picture upright, in 8-bit RGBA, by no code that the pipeline uses."""
    image = pyvips.Image.new_from_buffer(data, "").autorot()
    if image.format == "ushort":
        image = (image / 257).rint().cast("uchar")
    if image.bands <= 2:
        gray = image[0]
        image = gray.bandjoin([gray, gray, *([image[1]] if image.bands == 2 else [])])
    if image.bands == 3:
        image = image.bandjoin(255)
    return Image.frombytes(
        "RGBA", (image.width, image.height), image.cast("uchar").write_to_memory()
    )


def vips_of(image: Image.Image, interpretation: str = "srgb") -> Any:
    """Hand a picture to libvips, for what it can write and Pillow cannot."""
    width, height = image.size
    bands = len(image.getbands())
    made = pyvips.Image.new_from_memory(image.tobytes(), width, height, bands, "uchar")
    return made.copy(interpretation=interpretation)


def cmyk_profile() -> bytes:
    """Return the one for CMYK that comes with libvips."""
    return bytes(pyvips.Operation.call("profile_load", "cmyk"))


def pixels_by_vips(data: bytes, places: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Decode a picture and return some of its pixels as they are stored, in whatever channels."""
    image = pyvips.Image.new_from_buffer(data, "")
    return [tuple(int(sample) for sample in image(*place)) for place in places]
