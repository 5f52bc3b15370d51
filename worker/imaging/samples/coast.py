"""A sample seascape: a lighthouse, standing upright."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from worker.imaging.samples.brushes import (
    clouds,
    dice,
    glow,
    grain,
    lit_strip,
    ridge,
    silhouette,
    smooth_curve,
    turn,
    vertical,
)

TALL = (1067, 1600)


def lighthouse() -> Image.Image:
    """Draw a lighthouse at first light, upright."""
    picture = vertical(
        TALL,
        [
            (0, (52, 92, 138)),
            (0.35, (142, 164, 186)),
            (0.6, (250, 200, 164)),
            (0.72, (255, 226, 190)),
        ],
    )
    picture = ImageChops.screen(picture, clouds(TALL))
    glow(picture, (300, 1090), 520, (255, 150, 90))
    ImageDraw.Draw(picture).ellipse((228, 1018, 372, 1162), fill=(255, 244, 220))
    sea = vertical(
        (TALL[0], 480), [(0, (222, 164, 140)), (0.25, (120, 130, 150)), (1, (28, 58, 84))]
    )
    picture.paste(_glitter(sea, 300), (0, 1120))
    silhouette(picture, [0.5, 0.62, 0.5, 0.34, 0.12, 0.0, 0.0], 1060, 62, 1122, (176, 140, 142))
    _tower(picture)
    _house(picture)
    silhouette(picture, _cliff(0), 1200, 400, 1600, (44, 52, 66))
    silhouette(picture, _cliff(60), 1290, 310, 1600, (26, 31, 42))
    return grain(picture, 3)


def _glitter(sea: Image.Image, sun_x: int) -> Image.Image:
    random, draw = dice(15), ImageDraw.Draw(sea)
    for _ in range(520):
        y = int(sea.height * random.random() ** 1.6)
        reach = 40 + y * 0.5
        x, half = random.gauss(sun_x, reach), 5 + y * 0.07 * random.random()
        light = 255 - y // 5
        draw.line(
            (x - half, y, x + half, y), fill=(light, light - 40, light - 80), width=1 + y // 160
        )
    return sea.filter(ImageFilter.GaussianBlur(0.8))


def _cliff(roughness: int) -> list[float]:
    """Return a cliff that rises to a flat top at the right: heights from 0 to about 1."""
    rise = smooth_curve([(0, -0.05), (0.08, 0.0), (0.3, 0.34), (0.42, 0.6), (0.56, 0.9), (1, 0.94)])
    bumps = ridge(65, 0.62, 40 + roughness)
    return [rise(index / 64) + 0.12 * (bump - 0.5) for index, bump in enumerate(bumps)]


def _house(picture: Image.Image) -> None:
    draw = ImageDraw.Draw(picture)
    draw.rectangle((850, 1150, 990, 1260), fill=(222, 206, 192))
    draw.polygon([(836, 1154), (882, 1098), (958, 1098), (1004, 1154)], fill=(150, 62, 54))
    draw.rectangle((962, 1084, 980, 1120), fill=(120, 54, 48))
    for x in (874, 934):
        draw.rectangle((x, 1176, x + 28, 1210), fill=(255, 220, 140))


def _tower(picture: Image.Image) -> None:
    foot, top, center = 1260, 640, 730
    size = (440, 2 * (foot - top))
    body = turn(size, lit_strip((244, 236, 226), gloss=0.1), lambda t: 112 + 68 * t)
    red = turn(size, lit_strip((196, 60, 48), gloss=0.1), lambda t: 112 + 68 * t)
    for band in (1, 3):
        box = (0, band * size[1] // 5, size[0], (band + 1) * size[1] // 5)
        body.paste(red.crop(box), box[:2])
    body = body.resize((size[0] // 2, size[1] // 2), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(picture)
    picture.paste(body, (center - body.width // 2, top), body)
    draw.rectangle((center - 76, top - 14, center + 76, top + 4), fill=(44, 48, 60))
    draw.rectangle((center - 40, top - 92, center + 40, top - 14), fill=(255, 230, 160))
    for x in (-40, -14, 12, 37):
        draw.rectangle((center + x, top - 92, center + x + 4, top - 14), fill=(44, 48, 60))
    draw.pieslice((center - 48, top - 142, center + 48, top - 42), 180, 360, fill=(176, 52, 44))
    draw.rectangle((center - 3, top - 168, center + 3, top - 140), fill=(44, 48, 60))
    glow(picture, (center, top - 52), 240, (255, 214, 130))
