"""Shrinking: the largest size from the picture, then each smaller one from the one before.

Colors are resampled as they are encoded, in gamma: it is what browsers, sharp and most other tools
do, so thumbnails match what people compare them with. Linear light keeps fine bright detail
better, but darkens thin dark lines such as text, and takes 16 bits a channel: twice the time.
"""

from collections.abc import Sequence

from cykooz_resizer import AlphaMulDiv, FilterType, ResizeAlg, ResizeOptions, Resizer
from PIL import Image

LANCZOS = ResizeOptions(resize_alg=ResizeAlg.convolution(FilterType.lanczos3), use_alpha=False)
RESIZER = Resizer()
ALPHA = AlphaMulDiv()

FAST_MODES = frozenset({"L", "RGB", "RGBa", "CMYK"})
"""Those that cykooz.resizer takes; Pillow, which is three times slower, takes the others."""


def fit(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """Scale a size down to a longest side: never up, no side under one pixel, halves rounded up."""
    longest = max(size)
    if longest <= longest_px:
        return size
    width, height = (max(1, (2 * side * longest_px + longest) // (2 * longest)) for side in size)
    return width, height


def premultiply(image: Image.Image) -> Image.Image:
    """Weigh colors by alpha, so that hidden ones do not bleed into the edges."""
    if image.mode == "RGBA":
        weighed: Image.Image = ALPHA.multiply_alpha_pil(image)
        return weighed
    return image.convert("La") if image.mode == "LA" else image


def straighten(image: Image.Image) -> Image.Image:
    """Undo `premultiply`."""
    if image.mode == "RGBa":
        straight: Image.Image = ALPHA.divide_alpha_pil(image)
        return straight
    return image.convert("LA") if image.mode == "La" else image


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resample by Lanczos, three lobes; what has alpha is premultiplied."""
    if image.size == size:
        return image
    if image.mode not in FAST_MODES:
        return image.resize(size, Image.Resampling.LANCZOS)
    made = Image.new(image.mode, size)
    RESIZER.resize_pil(image, made, LANCZOS)
    return made


def thumbnails_of(
    image: Image.Image, full_size: tuple[int, int], sizes_px: Sequence[int]
) -> list[Image.Image]:
    """Shrink a picture that was of `full_size` to each longest side, in their order.

    `image` is L, LA, RGB or RGBA, and at least as large as the largest of the thumbnails.
    """
    falling = sorted(set(sizes_px), reverse=True)
    sizes = [fit(full_size, longest_px) for longest_px in falling]
    images = map(straighten, cascade(premultiply(image), sizes))
    made = dict(zip(falling, images, strict=True))
    return [made[longest_px] for longest_px in sizes_px]


def cascade(image: Image.Image, sizes: list[tuple[int, int]]) -> list[Image.Image]:
    """Make each size from the one before it; `sizes` fall, results come in their order."""
    made: list[Image.Image] = []
    for size in sizes:
        image = shrink(image, size)
        made.append(image)
    return made
