"""Sample graphics: a poster, a study in color, an animation."""

import math

from PIL import Image, ImageChops, ImageDraw

from worker.imaging.samples.brushes import Color, dice, field, grain

WIDE = (1600, 1067)
PAPER: Color = (243, 233, 214)
INKS: tuple[Color, ...] = (
    (24, 45, 78),
    (216, 74, 48),
    (238, 178, 68),
    (44, 126, 122),
    (240, 186, 172),
)


def poster() -> Image.Image:
    """Draw a grid of quarters, halves, rings and leaves in five inks."""
    tile, columns, rows = 400, 6, 8
    picture = Image.new("RGB", (tile * columns, tile * rows), PAPER)
    random = dice(19)
    for row in range(rows):
        for column in range(columns):
            ground, ink, accent = random.sample((*INKS, PAPER), 3)
            motif = Image.new("RGB", (tile, tile), ground)
            random.choice(MOTIFS)(ImageDraw.Draw(motif), tile, ink, accent)
            turned = motif.rotate(90 * random.randrange(4))
            picture.paste(turned, (column * tile, row * tile))
    framed = Image.new("RGB", (2600, 3400), PAPER)
    framed.paste(picture, (100, 100))
    return framed.resize((1300, 1700), Image.Resampling.LANCZOS)


def color_study() -> Image.Image:
    """Draw folded silk in five colors."""
    mesh = Image.new("RGB", (5, 4))
    mesh.putdata(
        [
            *((38, 24, 92), (92, 36, 138), (214, 64, 122), (255, 132, 92), (255, 196, 120)),
            *((24, 52, 128), (122, 58, 176), (238, 86, 122), (255, 158, 100), (255, 214, 156)),
            *((16, 92, 150), (66, 120, 206), (176, 110, 200), (250, 128, 132), (255, 176, 120)),
            *((20, 140, 150), (70, 180, 200), (110, 130, 220), (200, 100, 180), (246, 110, 110)),
        ]
    )
    silk = mesh.resize(WIDE, Image.Resampling.BICUBIC)
    folds = field(WIDE, (320, 213), _fold)
    return grain(ImageChops.hard_light(silk, folds.convert("RGB")), 5, 0.06)


def orbits() -> list[Image.Image]:
    """Draw frames of three planets that go round."""
    return [_orbit_frame(step / 24).quantize(48) for step in range(24)]


def _fold(x: float, y: float) -> float:
    bend = 1.4 * math.sin(3.1 * x + 1.2 * y) + 0.8 * math.sin(5.2 * y - 2 * x)
    wave = math.sin(7 * x - 5 * y + 2.2 * bend)
    return 0.5 + 0.17 * wave + 0.10 * math.sin(2 * bend + 9 * y) + 0.05 * wave**3


def _orbit_frame(turn: float) -> Image.Image:
    frame = Image.new("RGB", (960, 960), (18, 24, 48))
    draw = ImageDraw.Draw(frame)
    draw.ellipse((390, 390, 570, 570), fill=(252, 196, 92))
    for radius, size, speed, fill in (
        (170, 30, 3, (236, 98, 80)),
        (280, 46, 2, (92, 188, 190)),
        (400, 60, 1, (240, 214, 190)),
    ):
        box = (480 - radius, 480 - radius, 480 + radius, 480 + radius)
        draw.ellipse(box, outline=(58, 70, 110), width=4)
        angle = 2 * math.pi * (turn * speed + radius / 190)
        x, y = 480 + radius * math.cos(angle), 480 + radius * math.sin(angle)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=fill)
    return frame.resize((320, 320), Image.Resampling.LANCZOS)


def _quarter(draw: ImageDraw.ImageDraw, tile: int, ink: Color, accent: Color) -> None:
    draw.pieslice((-tile, -tile, tile, tile), 0, 90, fill=ink)
    draw.pieslice((-tile // 2, -tile // 2, tile // 2, tile // 2), 0, 90, fill=accent)


def _halves(draw: ImageDraw.ImageDraw, tile: int, ink: Color, accent: Color) -> None:
    draw.pieslice((0, -tile // 2, tile, tile // 2), 0, 180, fill=ink)
    draw.pieslice((0, tile // 2, tile, tile + tile // 2), 180, 360, fill=accent)


def _rings(draw: ImageDraw.ImageDraw, tile: int, ink: Color, accent: Color) -> None:
    for inset, fill in ((30, ink), (90, accent), (150, ink)):
        draw.ellipse((inset, inset, tile - inset, tile - inset), fill=fill)


def _leaf(draw: ImageDraw.ImageDraw, tile: int, ink: Color, accent: Color) -> None:
    points = [index * math.pi / 80 for index in range(41)]
    one = [(tile * math.sin(a), tile * (1 - math.cos(a))) for a in points]
    other = [(tile * (1 - math.cos(a)), tile * math.sin(a)) for a in points]
    draw.polygon(one + other[::-1], fill=ink)
    draw.ellipse((tile * 0.06, tile * 0.66, tile * 0.34, tile * 0.94), fill=accent)


def _wedge(draw: ImageDraw.ImageDraw, tile: int, ink: Color, accent: Color) -> None:
    draw.polygon([(0, 0), (tile, tile), (0, tile)], fill=ink)
    draw.ellipse((tile * 0.55, tile * 0.12, tile * 0.85, tile * 0.42), fill=accent)


MOTIFS = (_quarter, _halves, _rings, _leaf, _wedge)
