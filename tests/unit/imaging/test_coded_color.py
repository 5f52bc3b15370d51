"""Code points of colors: thumbnails show what a picture means by them."""

import struct
from typing import Any

import pytest
from PIL import Image

from tests.unit.imaging.charts import COLORS, chart, furthest, seen
from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import chunk, encoded, noise, png
from tests.unit.imaging.profiles import DISPLAY_P3
from worker.imaging.pipeline import Recipe

FINE = Recipe(quality=97)
P3, BT2020, SRGB, BT709, PQ, LINEAR = 12, 9, 13, 1, 16, 8
EXACT: dict[str, dict[str, Any]] = {
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    "HEIF": {"quality": -1, "chroma": 444, "matrix_coefficients": 0},
}
EXPECTED = [DISPLAY_P3.to_srgb(color) for color in COLORS]


def coded(data: bytes, primaries: int, transfer: int) -> bytes:
    """Let a HEIF or AVIF say of itself what colors it has."""
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def painted(color: tuple[int, int, int], primaries: int, transfer: int) -> bytes:
    """Make a PNG of one color with code points."""
    told = chunk(b"cICP", bytes((primaries, transfer, 0, 1)))
    return png(8, 8, (b"\0" + bytes(color) * 8) * 8, before_data=[told])


@pytest.mark.parametrize("file_format", EXACT)
def test_primaries_of_a_heif_are_honored(file_format: str, make: Make) -> None:
    data = encoded(chart(), file_format, **EXACT[file_format])
    assert furthest(seen(make(coded(data, P3, SRGB), FINE)), EXPECTED) <= 8
    assert furthest(seen(make(coded(data, P3, BT709), FINE)), EXPECTED) <= 8
    assert furthest(seen(make(coded(data, BT709, BT709), FINE)), COLORS) <= 8


@pytest.mark.parametrize("file_format", EXACT)
def test_a_profile_goes_before_code_points_in_a_heif(file_format: str, make: Make) -> None:
    profile = DISPLAY_P3.profile()
    data = encoded(chart(), file_format, icc_profile=profile, **EXACT[file_format])
    told = coded(data, BT2020, LINEAR) if b"nclx" in data else data
    assert furthest(seen(make(told, FINE)), EXPECTED) <= 8


def test_code_points_of_a_png_are_honored(make: Make) -> None:
    color = (200, 60, 90)
    assert furthest(seen_one(make, painted(color, P3, SRGB)), [DISPLAY_P3.to_srgb(color)]) <= 2
    assert furthest(seen_one(make, painted(color, 1, SRGB)), [color]) == 0


def test_high_dynamic_range_is_brought_into_what_can_be_shown(make: Make) -> None:
    levels = [seen_one(make, painted((n, n, n), BT2020, PQ))[0][0] for n in (0, 60, 148, 170, 255)]
    assert levels == sorted(set(levels))
    assert levels[0] == 0
    assert 200 <= levels[2] <= 240  # the reference white, 58 % of PQ
    assert levels[-1] == 255


def seen_one(make: Make, data: bytes) -> list[tuple[int, ...]]:
    with Image.open(make(data, FINE).renditions[0].path) as image:
        return [image.convert("RGB").getpixel((4, 4))]  # type: ignore[list-item]


@pytest.mark.parametrize("size", [(60, 20), (120, 80), (61, 40)])
@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_a_picture_of_another_size_than_it_says_is_corrupt(
    file_format: str, size: tuple[int, int], make: Make, refuse: Refuse
) -> None:
    data = encoded(noise(64, 64), file_format)
    assert make(data).width == 64
    truth, lie = (struct.pack(">4xII", *each) for each in ((64, 64), size))
    assert refuse(data.replace(b"ispe" + truth, b"ispe" + lie)).reason == "corrupt"
