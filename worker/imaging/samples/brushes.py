"""What the sample pictures are painted with: gradients, glows, ridges, grain, turned bodies."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Color = tuple[int, int, int]
Stops = Sequence[tuple[float, Color]]
Curve = Callable[[float], float]


def dice(seed: int) -> Random:
    """Return chance that falls the same way each time."""
    return Random(seed)  # noqa: S311 - for pictures, not for secrets


def mix(a: Color, b: Color, share: float) -> Color:
    """Return `a` at share 0, `b` at share 1."""
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


def color_at(stops: Stops, position: float) -> Color:
    """Interpolate between stops, whose positions rise from 0 to 1."""
    for (low, first), (high, second) in pairwise(stops):
        if position <= high:
            return mix(first, second, (position - low) / (high - low))
    return stops[-1][1]


def vertical(size: tuple[int, int], stops: Stops) -> Image.Image:
    """Paint a gradient from top to bottom."""
    column = Image.new("RGB", (1, size[1]))
    column.putdata([color_at(stops, y / max(1, size[1] - 1)) for y in range(size[1])])
    return column.resize(size)


def field(
    size: tuple[int, int], grid: tuple[int, int], value: Callable[[float, float], float]
) -> Image.Image:
    """Compute brightness (0 to 1) on a coarse grid of x, y in 0 to 1, and enlarge it smoothly."""
    columns, rows = grid
    values = [
        round(255 * min(1.0, max(0.0, value(x / columns, y / rows))))
        for y in range(rows)
        for x in range(columns)
    ]
    coarse = Image.new("L", grid)
    coarse.putdata(values)
    return coarse.resize(size, Image.Resampling.BICUBIC)


def clouds(size: tuple[int, int]) -> Image.Image:
    """Return rosy streaks on black, to be screened over a sky."""

    def cloud(x: float, y: float) -> float:
        wave = math.sin(9 * x + 4 * math.sin(7 * y)) * math.sin(31 * y + 3 * math.sin(5 * x))
        return 0.34 * max(0.0, wave) * math.sin(math.pi * min(1, y * 1.05)) ** 2

    mask = field(size, (90, 70), cloud)
    return Image.composite(Image.new("RGB", size, (255, 170, 150)), Image.new("RGB", size), mask)


def glow(image: Image.Image, center: tuple[int, int], radius: int, color: Color) -> None:
    """Add light around a point, in place."""
    box = (center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius)
    inverse = [max(0.0, 1 - value * math.sqrt(2) / 255) for value in range(256)]
    fall = Image.radial_gradient("L").point([round(255 * share**2) for share in inverse])
    mask = fall.resize((2 * radius, 2 * radius), Image.Resampling.BICUBIC)
    light = Image.composite(Image.new("RGB", mask.size, color), Image.new("RGB", mask.size), mask)
    image.paste(ImageChops.screen(image.crop(box), light), box[:2])


def grain(image: Image.Image, seed: int, amount: float = 0.12) -> Image.Image:
    """Scatter fine noise, which hides the steps of long gradients."""
    noise = Image.frombytes("L", image.size, dice(seed).randbytes(image.width * image.height))
    soft = noise.filter(ImageFilter.GaussianBlur(0.8)).convert("RGB")
    return Image.blend(image, ImageChops.overlay(image, soft), amount)


def ridge(points: int, roughness: float, seed: int) -> list[float]:
    """Return a mountain line by midpoint displacement: heights around 0.5."""
    random, heights, spread = dice(seed), [0.5, 0.5], 0.5
    while len(heights) < points:
        spread *= roughness
        middles = [(a + b) / 2 + random.uniform(-spread, spread) for a, b in pairwise(heights)]
        pairs = zip(heights, [*middles, 0.0], strict=True)
        heights = [height for pair in pairs for height in pair][:-1]
    return heights


def silhouette(
    image: Image.Image, heights: Sequence[float], top: int, depth: int, bottom: int, fill: Color
) -> None:
    """Fill below a ridge whose heights span `depth` pixels under `top`."""
    step = image.width / (len(heights) - 1)
    line = [(index * step, top + (1 - height) * depth) for index, height in enumerate(heights)]
    ImageDraw.Draw(image).polygon([(0, bottom), *line, (image.width, bottom)], fill=fill)


def lit_strip(color: Color, *, gloss: float, ambient: float = 0.28) -> Image.Image:
    """Return one row of a turned body, lit from the front left; `gloss` from 0 to 1."""
    pixels = []
    for index in range(256):
        across = (index - 127.5) / 128
        facing = math.sqrt(max(0.0, 1 - across * across))
        light = ambient + 0.85 * max(0.0, -0.6 * across + 0.75 * facing)
        shine = gloss * max(0.0, -0.55 * across + 0.83 * facing) ** 40 + 0.12 * max(0, across) ** 9
        pixels.append(mix(mix((0, 0, 0), color, min(1.0, light)), (255, 255, 255), min(1, shine)))
    strip = Image.new("RGB", (256, 1))
    strip.putdata(pixels)
    return strip


def turn(size: tuple[int, int], strip: Image.Image, radius: Curve) -> Image.Image:
    """Paint a body of revolution: at height t (0 top, 1 bottom) its radius is `radius(t)` px."""
    body = Image.new("RGBA", size)
    for y in range(size[1]):
        half = radius(y / size[1])
        row = strip.resize((round(2 * half), 1), Image.Resampling.BILINEAR)
        body.paste(row, (round(size[0] / 2 - half), y))
    return body


def smooth_curve(points: Sequence[tuple[float, float]]) -> Curve:
    """Join (t, value) points by cosine steps."""

    def curve(t: float) -> float:
        for (t0, v0), (t1, v1) in pairwise(points):
            if t <= t1:
                share = (1 - math.cos(math.pi * max(0.0, t - t0) / (t1 - t0))) / 2
                return v0 + (v1 - v0) * share
        return points[-1][1]

    return curve
