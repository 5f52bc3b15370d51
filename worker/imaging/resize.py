"""Steps 7 and 9: shrink to the largest size, then each smaller one from the one before."""

from PIL import Image

PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
STRAIGHT = {premultiplied: straight for straight, premultiplied in PREMULTIPLIED.items()}


def fit(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """Scale a size down to a longest side: never up, no side under one pixel."""
    longest = max(size)
    if longest <= longest_px:
        return size
    width, height = (max(1, round(side * longest_px / longest)) for side in size)
    return width, height


def premultiply(image: Image.Image) -> Image.Image:
    """Weigh colours by alpha, so that hidden ones do not bleed into the edges."""
    return image.convert(PREMULTIPLIED[image.mode]) if image.mode in PREMULTIPLIED else image


def straighten(image: Image.Image) -> Image.Image:
    """Undo `premultiply`."""
    return image.convert(STRAIGHT[image.mode]) if image.mode in STRAIGHT else image


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resample in gamma space, as browsers and other tools do."""
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS)


def cascade(image: Image.Image, sizes: list[tuple[int, int]]) -> list[Image.Image]:
    """Make each size from the one before it; `sizes` fall, results come in their order."""
    made: list[Image.Image] = []
    for size in sizes:
        image = shrink(image, size)
        made.append(image)
    return made
