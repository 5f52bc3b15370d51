"""A chart of flat colors to be looked at through the pipeline, and how far two pictures differ."""

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageStat

from worker.imaging.pipeline import Picture

Color = tuple[int, ...]

PATCH = 32
COLORS: tuple[Color, ...] = (
    (0, 0, 0), (255, 255, 255), (128, 128, 128), (30, 30, 30),
    (200, 30, 40), (30, 170, 60), (40, 70, 220), (230, 210, 40),
    (180, 120, 90), (90, 60, 120), (10, 90, 90), (250, 150, 200),
)  # fmt: skip


def chart(colors: Sequence[Color] = COLORS, mode: str = "RGB") -> Image.Image:
    """Draw a row of patches; any scale of it, and any chroma subsampling, keeps their middles."""
    image = Image.new(mode, (PATCH * len(colors), PATCH))
    for number, color in enumerate(colors):
        patch = (PATCH * number, 0, PATCH * (number + 1), PATCH)
        image.paste(color if len(color) > 1 else color[0], patch)
    return image


def seen(picture: Picture, count: int = len(COLORS), mode: str = "RGB") -> list[Color]:
    """Return the middle of each patch in the largest thumbnail."""
    with Image.open(picture.renditions[2].path) as image:
        plain = image.convert(mode)
    step = plain.width / count
    middles = [(int(step * (number + 0.5)), plain.height // 2) for number in range(count)]
    return [_color(plain.getpixel(middle)) for middle in middles]


def furthest(one: Sequence[Color], other: Sequence[Color]) -> int:
    """Return the largest difference in any channel of any patch."""
    return max(
        abs(a - b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True)
    )


def difference(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """Return the mean and the largest difference of pixels as they are seen: premultiplied."""
    assert one.size == other.size
    pair = [image.convert("RGBA").convert("RGBa").convert("RGBa") for image in (one, other)]
    bands = zip(pair[0].split(), pair[1].split(), strict=True)
    apart = Image.merge("RGBA", [ImageChops.difference(a, b) for a, b in bands])
    statistics = ImageStat.Stat(apart)
    return max(statistics.mean), int(max(high for _, high in statistics.extrema))


def _color(pixel: object) -> Color:
    return pixel if isinstance(pixel, tuple) else (int(str(pixel)),)
