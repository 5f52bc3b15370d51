"""What is said of a picture in a few bytes: its color, its placeholder, its hash."""

from base64 import b64decode
from math import cos, pi

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import BLUE, GREEN, RED, YELLOW, encoded, noise, quarters
from worker.imaging.look import describe, dominant_color, perceptual_hash
from worker.imaging.thumbhash import thumbhash


def flag(mode: str = "RGB") -> Image.Image:
    """Draw two thirds of blue beside a third of yellow."""
    picture = Image.new(mode, (150, 100), BLUE)
    ImageDraw.Draw(picture).rectangle((100, 0, 150, 100), fill=YELLOW)
    return picture


def luma_of(placeholder: bytes, width: int, height: int) -> list[list[float]]:
    """Read the brightness of an opaque wide ThumbHash back, by the format's definition."""
    head = int.from_bytes(placeholder[:5], "little")
    mean, scale, down = (head & 63) / 63, (head >> 18 & 31) / 31, max(3, head >> 24 & 7)
    kept = [(x, y) for y in range(down) for x in range(7) if (x or y) and x * down < 7 * (down - y)]
    nibbles = [nibble for byte in placeholder[5:] for nibble in (byte & 15, byte >> 4)]
    waves = {at: (nibble / 7.5 - 1) * scale for at, nibble in zip(kept, nibbles, strict=False)}
    return [
        [
            mean
            + sum(
                wave
                * (2 if x else 1)
                * (2 if y else 1)
                * cos(pi / width * x * (column + 0.5))
                * cos(pi / height * y * (row + 0.5))
                for (x, y), wave in waves.items()
            )
            for column in range(width)
        ]
        for row in range(height)
    ]


def distance(left: int, right: int) -> int:
    return ((left ^ right) & (1 << 64) - 1).bit_count()


def test_the_dominant_color_is_that_of_the_largest_area_not_the_mean() -> None:
    assert describe(flag()).dominant_color == "#{:02x}{:02x}{:02x}".format(*BLUE)


def test_what_cannot_be_seen_has_no_say() -> None:
    picture = flag("RGBA")
    picture.paste((*RED, 0), (0, 0, 100, 100))
    assert dominant_color(picture) == "#{:02x}{:02x}{:02x}".format(*YELLOW)
    assert dominant_color(Image.new("RGBA", (9, 9), (*GREEN, 0))) == "#ffffff"


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1, 150), (150, 1), (97, 150)])
def test_every_mode_and_size_can_be_described(mode: str, size: tuple[int, int]) -> None:
    look = describe(noise(*size, mode="RGBA").convert(mode))
    assert 5 <= len(b64decode(look.placeholder, validate=True)) <= 25


def test_a_placeholder_looks_like_its_picture() -> None:
    small = flag().convert("RGBA").resize((30, 20))
    luma = luma_of(thumbhash(small), 30, 20)
    blue, yellow = sum(BLUE) / 765, sum(YELLOW) / 765
    assert all(abs(row[4] - blue) < 0.08 and abs(row[26] - yellow) < 0.12 for row in luma)


def test_a_placeholder_is_the_one_that_the_format_s_other_writers_give() -> None:
    """These bytes are what version 0.1.1 of the npm package `thumbhash` makes of these pixels."""
    curve = bytes(
        sample % 256
        for y in range(6)
        for x in range(8)
        for sample in (
            x * x * 37 + y * 91,
            y * y * 53 + x * 71 + x * y * 17,
            x * 113 + y * 29 + x * y * y * 3,
            255,
        )
    )
    faint = bytes(
        sample for y in range(5) for x in range(3) for sample in (x * 100, y * 60, 9, 50 * y + x)
    )
    assert (
        thumbhash(Image.frombytes("RGBA", (8, 6), curve)).hex()
        == "1ef8051d846335266562644657370a84fa4b560dcf"
    )
    assert (
        thumbhash(Image.frombytes("RGBA", (3, 5), faint)).hex()
        == "186c851b0c3680b4c8788880b40cb83b77787078877878"
    )


def test_like_pictures_have_like_hashes() -> None:
    picture = quarters(300, 200)
    ImageDraw.Draw(picture).ellipse((40, 30, 200, 170), fill="white")
    first = perceptual_hash(picture)
    brighter = ImageEnhance.Brightness(picture).enhance(1.1)
    assert distance(first, perceptual_hash(picture.resize((150, 100)))) <= 4
    assert distance(first, perceptual_hash(brighter)) <= 6
    assert distance(first, perceptual_hash(picture.rotate(90))) >= 16
    assert distance(first, perceptual_hash(noise(300, 200))) >= 16


def test_the_pipeline_describes_what_it_made(make: Make) -> None:
    look = make(encoded(flag().resize((1500, 1000)), "PNG")).look
    assert look.dominant_color == "#{:02x}{:02x}{:02x}".format(*BLUE)
    assert abs(look.perceptual_hash) < 1 << 63
