"""Step 6: every mode a decoder gives becomes 8-bit L, LA, RGB, RGBA or CMYK, with transparency."""

import math
from collections.abc import Callable
from typing import BinaryIO, cast

from PIL import Image, ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT
from PIL.TiffImagePlugin import TiffImageFile as Tiff

from worker.imaging.containers import first_frame_of_webp
from worker.imaging.errors import corrupt

Box = tuple[int, int, int, int]

GREATEST_16_BIT = 65535
WHITES = (1, 255, 65535)
UNSIGNED = (1,)
# A tRNS color is written in the depth of the samples, while Pillow spreads them over 8 bits.
GRAY_SPREAD = {"L;2": 85, "L;4": 17}


def align_transparency(image: ImageFile.ImageFile) -> None:
    """Before decoding: bring the transparent color of a PNG to the depth of decoded samples."""
    color = image.info.get("transparency")
    raw_mode = image.tile[0][3] if image.tile else None
    if isinstance(color, int) and raw_mode in GRAY_SPREAD:
        image.info["transparency"] = color * GRAY_SPREAD[str(raw_mode)]
    elif isinstance(color, tuple) and raw_mode == "RGB;16B":
        image.info["transparency"] = tuple(sample >> 8 for sample in color)


def extent_of(image: ImageFile.ImageFile, file: BinaryIO) -> Box | None:
    """Before decoding: return which part of an animation's canvas its first frame covers.

    None if that is all of it.
    """
    extent: Box | None = None
    if image.format == "GIF" and image.tile:
        extent = image.tile[0].extents
    elif image.format == "WEBP" and getattr(image, "is_animated", False):
        extent = first_frame_of_webp(file)
    return extent if extent != (0, 0, *image.size) else None


def with_nothing_around(image: Image.Image, extent: Box | None) -> Image.Image:
    """Clear what the first frame does not cover: nobody shows GIF's color for that any more."""
    if extent is None:
        return image
    canvas = Image.new("RGBA", image.size)
    canvas.paste(image.crop(extent).convert("RGBA"), extent)
    return canvas


def to_plain_mode(image: Image.Image) -> Image.Image:
    """Step 6. Wide samples are scaled to 8 bits, not clipped; CMYK waits for its profile."""
    if image.mode in {"I;16", "I;16B", "I;16L", "I;16N"} or (image.mode == "I" and _is_png(image)):
        return _from_sixteen_bits(image)
    if image.mode in {"I", "F"}:
        return _from_any_range(image)
    if image.has_transparency_data and image.mode not in {"LA", "RGBA"}:
        return image.convert("LA" if image.mode in {"1", "L", "La"} else "RGBA")
    return CONVERSIONS.get(image.mode, _to_rgb)(image)


def without_idle_alpha(image: Image.Image) -> Image.Image:
    """Drop an alpha channel that hides nothing."""
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema() == (255, 255):
        return image.convert(image.mode[:-1])
    return image


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    wide, greatest = image.convert("I"), _greatest_sample(image)
    table = [min(255, (n * 255 + greatest // 2) // greatest) for n in range(GREATEST_16_BIT + 1)]
    if _is_white_zero(image):
        table = [255 - gray for gray in table]
    gray = wide.point(table, "L")
    transparent = image.info.get("transparency")
    if not isinstance(transparent, int):
        return gray
    opacity = [255] * (GREATEST_16_BIT + 1)
    opacity[transparent] = 0
    return Image.merge("LA", (gray, wide.point(opacity, "L")))


def _from_any_range(image: Image.Image) -> Image.Image:
    """Scale 32-bit integers and floats; they do not say what white is: the least that holds all."""
    wide = image.convert("F")
    low, high = cast("tuple[float, float]", wide.getextrema())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise corrupt("tiff", "its samples are not finite")
    if low < 0 and _is_unsigned(image):  # Pillow reads the brighter half as negative
        return Image.frombytes("L", image.size, image.tobytes()[3::4])
    white = next((white for white in WHITES if high <= white), high)
    return wide.point(lambda sample: sample * (255 / white) + 0).convert("L")


def _greatest_sample(image: Image.Image) -> int:
    """Return white: 4095 where a TIFF has 12 bits, which Pillow does not scale."""
    bits = image.tag_v2.get(BITSPERSAMPLE) if isinstance(image, Tiff) else None
    return (1 << bits[0]) - 1 if bits and 8 < bits[0] <= 16 else GREATEST_16_BIT  # noqa: PLR2004


def _is_white_zero(image: Image.Image) -> bool:
    return isinstance(image, Tiff) and image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == 0


def _is_unsigned(image: Image.Image) -> bool:
    if not isinstance(image, Tiff) or image.mode != "I":
        return False
    return bool(image.tag_v2.get(SAMPLEFORMAT, UNSIGNED)[:1] == UNSIGNED)


def _is_png(image: Image.Image) -> bool:
    return image.format == "PNG"


def _to_gray(image: Image.Image) -> Image.Image:
    return image.convert("L")


def _to_rgb(image: Image.Image) -> Image.Image:
    return image.convert("RGB")


def _as_is(image: Image.Image) -> Image.Image:
    return image


CONVERSIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "1": _to_gray,
    "L": _as_is,
    "LA": _as_is,
    "RGB": _as_is,
    "RGBA": _as_is,
    "CMYK": _as_is,
}
