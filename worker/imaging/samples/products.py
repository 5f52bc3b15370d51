"""Sample products: a vase on a backdrop, a bottle cut out."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from worker.imaging.samples.brushes import (
    dice,
    field,
    glow,
    grain,
    lit_strip,
    smooth_curve,
    turn,
    vertical,
)

WIDE = (1600, 1067)
INK = (58, 44, 34)


def vase() -> Image.Image:
    """Draw a glazed vase with dry stems on a seamless backdrop."""
    picture = vertical(
        WIDE,
        [
            (0, (226, 214, 200)),
            (0.62, (238, 228, 214)),
            (0.74, (214, 198, 180)),
            (1, (232, 219, 203)),
        ],
    ).filter(ImageFilter.GaussianBlur(30))
    glow(picture, (520, 330), 900, (60, 52, 40))
    picture = _shadow(picture, (905, 938), (330, 44), 34, 130)
    picture = _shadow(picture, (812, 946), (150, 20), 9, 160)
    body = _glazed((900, 1180)).resize((420, 551), Image.Resampling.LANCZOS)
    stems = _stems().resize((600, 560), Image.Resampling.LANCZOS)
    picture.paste(stems, (500, 42), stems)
    picture.paste(body, (800 - body.width // 2, 400), body)
    return grain(picture, 4, 0.06)


def bottle() -> Image.Image:
    """Draw an amber bottle, cut out: the background is transparent, the shadow soft."""
    scale = 2
    size = (460 * scale, 1120 * scale)
    profile = smooth_curve(
        [(0.0, 120), (0.02, 126), (0.10, 300), (0.14, 330), (0.96, 332), (1.0, 290)]
    )
    glass = turn((size[0], 1560), lit_strip((150, 74, 20), gloss=0.95, ambient=0.34), profile)
    neck = turn((size[0], 140), lit_strip((120, 56, 14), gloss=0.8), lambda _: 118)
    cap = turn(
        (size[0], 420),
        _ribbed(lit_strip((40, 36, 34), gloss=0.7)),
        smooth_curve([(0, 140), (0.03, 148), (1, 148)]),
    )
    canvas = Image.new("RGBA", size)
    for part, y in ((glass, 560), (neck, 440), (cap, 60)):
        canvas.paste(part, (0, y), part)
    canvas.paste(_label(), (size[0] // 2 - 326, 1010), _label())
    cut_out = canvas.resize((460, 1120), Image.Resampling.LANCZOS)
    picture = Image.new("RGBA", (900, 1200))
    shadow = Image.new("L", picture.size)
    ImageDraw.Draw(shadow).ellipse((215, 1062, 685, 1130), fill=150)
    picture.putalpha(shadow.filter(ImageFilter.GaussianBlur(22)))
    picture.alpha_composite(cut_out, (220, 20))
    return picture


def _shadow(
    picture: Image.Image, center: tuple[int, int], radii: tuple[int, int], blur: int, depth: int
) -> Image.Image:
    mask = Image.new("L", picture.size)
    (x, y), (rx, ry) = center, radii
    ImageDraw.Draw(mask).ellipse((x - rx, y - ry, x + rx, y + ry), fill=depth)
    dark = ImageChops.multiply(picture, Image.new("RGB", picture.size, (96, 74, 60)))
    return Image.composite(dark, picture, mask.filter(ImageFilter.GaussianBlur(blur)))


def _glazed(size: tuple[int, int]) -> Image.Image:
    outline = [
        (0.0, 150),
        (0.03, 158),
        (0.14, 104),
        (0.24, 120),
        (0.5, 372),
        (0.64, 392),
        (0.97, 196),
        (1.0, 176),
    ]
    profile = smooth_curve(outline)
    clay = turn(size, lit_strip((206, 142, 108), gloss=0.05), profile)
    glaze = turn(size, lit_strip((62, 122, 124), gloss=0.75), profile)
    border = Image.new("L", size)
    edge = [
        (x, size[1] * 0.66 + 36 * math.sin(x / 61) + 22 * math.sin(x / 23 + 1))
        for x in range(0, size[0] + 1, 4)
    ]
    ImageDraw.Draw(border).polygon([(0, 0), *edge, (size[0], 0)], fill=255)
    body = Image.composite(glaze, clay, border)
    body = _speckled(body)
    draw = ImageDraw.Draw(body)
    middle = size[0] // 2
    draw.ellipse((middle - 150, -26, middle + 150, 34), fill=(92, 150, 150, 255))
    draw.ellipse((middle - 134, -16, middle + 134, 26), fill=(22, 44, 46, 255))
    return body


def _speckled(body: Image.Image) -> Image.Image:
    random, layer = dice(21), Image.new("L", body.size, 255)
    draw = ImageDraw.Draw(layer)
    for _ in range(900):
        x, y, r = (
            random.randrange(body.width),
            random.randrange(body.height),
            random.uniform(1, 3.2),
        )
        draw.ellipse((x - r, y - r, x + r, y + r), fill=random.randint(120, 200))
    colors = ImageChops.multiply(body.convert("RGB"), layer.convert("RGB"))
    return Image.merge("RGBA", (*colors.split(), body.getchannel("A")))


def _stems() -> Image.Image:
    layer, random = Image.new("RGBA", (1200, 1120)), dice(3)
    for lean, length, color in (
        (-0.55, 560, (150, 132, 92)),
        (-0.16, 660, (128, 120, 84)),
        (0.2, 610, (168, 142, 98)),
        (0.6, 500, (140, 122, 84)),
    ):
        _stem(layer, lean, length, color, random)
    return layer


def _stem(
    layer: Image.Image, lean: float, length: int, color: tuple[int, int, int], random: Random
) -> None:
    draw, points = ImageDraw.Draw(layer), []
    for step in range(41):
        t = step / 40
        x = 600 + lean * length * t * (0.35 + 0.65 * t)
        points.append((x, 730 - length * t * (1 - 0.18 * abs(lean) * t)))
    draw.line(points, fill=color, width=6, joint="curve")
    for index in range(12, 41, 2):
        x, y = points[index]
        for side in (-1, 1):
            size = 66 - index * 0.9 + random.uniform(-6, 6)
            angle = math.radians(-62 * side + 40 * lean + random.uniform(-14, 14) - 90)
            _leaf(draw, (x, y), size, angle, color)


def _leaf(
    draw: ImageDraw.ImageDraw,
    foot: tuple[float, float],
    size: float,
    angle: float,
    color: tuple[int, int, int],
) -> None:
    def at(along: float, across: float) -> tuple[float, float]:
        c, s = math.cos(angle), math.sin(angle)
        return foot[0] + c * along - s * across, foot[1] + s * along + c * across

    steps = [index / 10 for index in range(11)]
    one = [at(size * t, size * 0.27 * math.sin(math.pi * t)) for t in steps]
    other = [at(size * t, -size * 0.27 * math.sin(math.pi * t)) for t in reversed(steps)]
    draw.polygon(one + other, fill=color)


def _ribbed(strip: Image.Image) -> Image.Image:
    ribs = field((256, 1), (256, 1), lambda x, _: 0.82 + 0.18 * math.sin(x * 190)).convert("RGB")
    return ImageChops.multiply(strip, ribs)


def _label() -> Image.Image:
    size = (652, 800)
    label = Image.new("RGB", size, (240, 230, 210))
    draw = ImageDraw.Draw(label)
    draw.rectangle((40, 40, size[0] - 40, size[1] - 40), outline=INK, width=4)
    for text, y, points in (
        ("No 7", 130, 64),
        ("FIELD", 300, 120),
        ("& FERN", 430, 120),
        ("BODY OIL", 610, 48),
        ("100 ml", 690, 40),
    ):
        draw.text((size[0] // 2, y), text, INK, ImageFont.load_default(points), anchor="mm")
    shade = lit_strip((255, 255, 255), gloss=0, ambient=0.42).resize(size)
    return ImageChops.multiply(label, shade).convert("RGBA")
