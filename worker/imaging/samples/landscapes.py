"""Sample landscapes: a harbour at dusk, an aurora."""

import math
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from worker.imaging.samples.brushes import (
    clouds,
    dice,
    field,
    glow,
    grain,
    ridge,
    silhouette,
    vertical,
)

WIDE = (1600, 1067)
BRIGHT_STAR = 215


def harbour() -> Image.Image:
    """Draw dusk over hills, and their lights in the water."""
    horizon = 640
    sky = vertical(
        (WIDE[0], horizon),
        [
            (0.0, (24, 28, 66)),
            (0.35, (74, 56, 118)),
            (0.62, (176, 88, 124)),
            (0.85, (244, 146, 104)),
            (1.0, (255, 205, 138)),
        ],
    )
    sky = ImageChops.screen(sky, clouds(sky.size))
    glow(sky, (1060, 600), 620, (255, 150, 80))
    glow(sky, (1060, 600), 130, (255, 236, 190))
    for top, depth, seed, fill in (
        (380, 230, 5, (120, 74, 116)),
        (450, 190, 11, (78, 54, 98)),
        (520, 140, 23, (42, 36, 74)),
    ):
        silhouette(sky, ridge(257, 0.52, seed), top, depth, horizon, fill)
    picture = Image.new("RGB", WIDE)
    picture.paste(sky)
    picture.paste(_water(sky, WIDE[1] - horizon), (0, horizon))
    picture = ImageChops.screen(picture, _lamps(WIDE, horizon))
    for x, y, scale in ((380, 806, 1.5), (930, 716, 0.75), (1290, 748, 1.0)):
        _boat(picture, x, y, scale)
    return grain(picture, 1)


def aurora() -> Image.Image:
    """Draw northern lights over a ridge of pines."""
    picture = vertical(WIDE, [(0, (6, 10, 30)), (0.6, (12, 34, 62)), (1, (28, 74, 92))])
    picture = ImageChops.screen(picture, _stars(WIDE))
    for seed, base, color in (
        (2, 0.62, (40, 235, 150)),
        (7, 0.50, (70, 200, 190)),
        (9, 0.40, (150, 80, 210)),
    ):
        curtain = field(WIDE, (200, 134), _curtain(seed, base))
        light = Image.composite(Image.new("RGB", WIDE, color), Image.new("RGB", WIDE), curtain)
        picture = ImageChops.screen(picture, light)
    silhouette(picture, ridge(257, 0.5, 31), 640, 240, WIDE[1], (16, 44, 62))
    silhouette(picture, ridge(257, 0.5, 8), 760, 200, WIDE[1], (9, 28, 44))
    _pines(picture, 930, (4, 14, 24))
    return grain(picture, 2)


def _water(sky: Image.Image, height: int) -> Image.Image:
    random = dice(4)
    mirror = sky.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((sky.width, int(height * 1.25)))
    water = Image.new("RGB", (sky.width, height))
    for y in range(height):
        reach = 1 + 16 * y / height
        shift = round(reach * math.sin(y * y / 900 + y / 3) + random.uniform(-reach, reach) / 2)
        row = mirror.crop((0, y, sky.width, y + 1))
        water.paste(ImageChops.offset(row, shift, 0), (0, y))
    deep = vertical(water.size, [(0, (206, 196, 214)), (1, (92, 100, 140))])
    return ImageChops.multiply(water.filter(ImageFilter.GaussianBlur(1.2)), deep)


def _lamps(size: tuple[int, int], horizon: int) -> Image.Image:
    random, layer = dice(12), Image.new("RGB", size)
    draw = ImageDraw.Draw(layer)
    for _ in range(84):
        x = int(random.gauss(*random.choice([(260, 110), (620, 50), (1210, 150)])))
        y = horizon - int(2 + 34 * random.random() ** 2)
        warm = random.choice([(255, 214, 140), (255, 190, 100), (255, 240, 210)])
        radius = random.choice([1, 1.5, 2.4])
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=warm)
        dim = (warm[0] // 3, warm[1] // 3, warm[2] // 3)
        draw.line((x, horizon + 4, x, horizon + random.randint(20, 110)), fill=dim, width=3)
    return ImageChops.screen(
        layer.filter(ImageFilter.GaussianBlur(5)), layer.filter(ImageFilter.GaussianBlur(1))
    )


def _boat(picture: Image.Image, x: int, y: int, scale: float) -> None:
    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x + dx * scale, y + dy * scale) for dx, dy in points]

    draw, hull = ImageDraw.Draw(picture), (22, 20, 44)
    draw.polygon(at((-58, 0), (64, -6), (44, 22), (-44, 22)), fill=hull)
    draw.line(at((2, 0), (2, -150)), fill=hull, width=max(2, round(3 * scale)))
    draw.polygon(at((7, -146), (7, -12), (62, -14)), fill=(232, 158, 140))
    draw.polygon(at((-3, -138), (-3, -10), (-48, -8)), fill=(206, 120, 128))
    draw.polygon(at((-50, 26), (52, 26), (20, 92), (-8, 80)), fill=(40, 34, 66))


def _stars(size: tuple[int, int]) -> Image.Image:
    random, layer = dice(77), Image.new("RGB", size)
    draw = ImageDraw.Draw(layer)
    for _ in range(1100):
        x, y = random.randrange(size[0]), int(size[1] * random.random() ** 1.3)
        light = int(70 + 185 * random.random() ** 3)
        radius = 1.6 if light > BRIGHT_STAR else 0.7
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(light, light, light))
    return layer.filter(ImageFilter.GaussianBlur(0.7))


def _curtain(seed: int, base: float) -> Callable[[float, float], float]:
    """Return the brightness of one fold of light: sharp at its foot, fading upwards, in rays."""

    def brightness(x: float, y: float) -> float:
        foot = base + 0.07 * math.sin(5 * x + seed) + 0.035 * math.sin(13 * x + 2 * seed)
        rays = 0.62 + 0.38 * math.sin(38 * x + 6 * math.sin(9 * x + seed)) * math.sin(17 * x + seed)
        veil = 0.5 + 0.5 * math.sin(3.3 * x + seed * 1.7)
        fall = 46 * (foot - y) if y > foot else 6.5 * (y - foot)
        return 0.85 * rays * veil * math.exp(fall)

    return brightness


def _pines(picture: Image.Image, ground: int, fill: tuple[int, int, int]) -> None:
    random, draw = dice(6), ImageDraw.Draw(picture)
    draw.rectangle((0, ground + 40, picture.width, picture.height), fill=fill)
    for _ in range(120):
        x, foot = random.randrange(-20, picture.width + 20), ground + random.randint(30, 110)
        height = random.randint(90, 260)
        for tier in range(7):
            top = foot - height + tier * height * 0.11
            half = height * (0.03 + 0.028 * tier)
            low = top + height * 0.26
            draw.polygon([(x, top), (x - half, low), (x + half, low)], fill=fill)
    draw.rectangle((0, ground + 100, picture.width, picture.height), fill=fill)
