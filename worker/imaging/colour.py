"""Step 6: every mode a decoder gives becomes 8-bit L, LA, RGB or RGBA, with its transparency."""

from collections.abc import Callable

from PIL import Image, ImageFile

GREATEST_16_BIT = 65535
# A tRNS colour is written in the depth of the samples, while Pillow spreads them over 8 bits.
GREY_SPREAD = {"L;2": 85, "L;4": 17}


def align_transparency(image: ImageFile.ImageFile) -> None:
    """Before decoding: bring the transparent colour of a PNG to the depth of decoded samples."""
    colour = image.info.get("transparency")
    raw_mode = image.tile[0][3] if image.tile else None
    if isinstance(colour, int) and raw_mode in GREY_SPREAD:
        image.info["transparency"] = colour * GREY_SPREAD[str(raw_mode)]
    elif isinstance(colour, tuple) and raw_mode == "RGB;16B":
        image.info["transparency"] = tuple(sample >> 8 for sample in colour)


def to_plain_mode(image: Image.Image) -> Image.Image:
    """Step 6. CMYK is converted without a profile; 16-bit grey is scaled, not clipped."""
    if image.mode in {"I", "I;16", "I;16B"}:
        return _from_sixteen_bits(image, image.info.get("transparency"))
    if image.has_transparency_data and image.mode not in {"LA", "RGBA"}:
        return image.convert("LA" if image.mode in {"1", "L"} else "RGBA")
    return CONVERSIONS.get(image.mode, _to_rgb)(image)


def without_idle_alpha(image: Image.Image) -> Image.Image:
    """Drop an alpha channel that hides nothing."""
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema() == (255, 255):
        return image.convert(image.mode[:-1])
    return image


def _from_sixteen_bits(image: Image.Image, transparent: int | None) -> Image.Image:
    wide = image.convert("I")
    grey = wide.point([_to_8_bits(sample) for sample in range(GREATEST_16_BIT + 1)], "L")
    if transparent is None:
        return grey
    opacity = [255] * (GREATEST_16_BIT + 1)
    opacity[transparent] = 0
    return Image.merge("LA", (grey, wide.point(opacity, "L")))


def _to_8_bits(sample: int) -> int:
    return (sample * 255 + GREATEST_16_BIT // 2) // GREATEST_16_BIT


def _to_grey(image: Image.Image) -> Image.Image:
    return image.convert("L")


def _to_rgb(image: Image.Image) -> Image.Image:
    return image.convert("RGB")


def _as_is(image: Image.Image) -> Image.Image:
    return image


CONVERSIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "1": _to_grey,
    "L": _as_is,
    "LA": _as_is,
    "RGB": _as_is,
    "RGBA": _as_is,
}
