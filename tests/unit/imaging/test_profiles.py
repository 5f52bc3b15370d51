"""Embedded profiles, and numbers in their place: thumbnails show the same colors without them."""

import struct
from typing import Any

import pytest
from PIL import Image, ImageCms

from tests.unit.imaging.charts import COLORS, Color, chart, furthest, seen
from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import chunk, encoded, png
from tests.unit.imaging.profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    PROPHOTO,
    Space,
    encode_srgb,
    gray_profile,
)
from tests.unit.imaging.vips import cmyk_profile, vips_of
from worker.imaging.pipeline import Recipe

FINE = Recipe(quality=97)
EXACT: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    "HEIF": {"quality": -1, "chroma": 444, "matrix_coefficients": 0},
}
NEAR = 5
"""What JPEG and WebP thumbnails themselves may do to a flat color."""


@pytest.mark.parametrize("file_format", EXACT)
@pytest.mark.parametrize(
    "space", [ADOBE_RGB, DISPLAY_P3, PROPHOTO], ids=["Adobe RGB", "Display P3", "ProPhoto"]
)
def test_an_embedded_profile_is_applied(space: Space, file_format: str, make: Make) -> None:
    data = encoded(chart(), file_format, icc_profile=space.profile(), **EXACT[file_format])
    expected = [space.to_srgb(color) for color in COLORS]
    assert furthest(COLORS, expected) > 20
    assert furthest(seen(make(data, FINE)), expected) <= (8 if file_format == "AVIF" else NEAR)


def test_a_profile_is_applied_beside_alpha(make: Make) -> None:
    colors = [(*color, 128 + 10 * number) for number, color in enumerate(COLORS)]
    data = encoded(chart(colors, "RGBA"), "PNG", icc_profile=DISPLAY_P3.profile())
    expected = [(*DISPLAY_P3.to_srgb(color[:3]), color[3]) for color in colors]
    assert furthest(seen(make(data), mode="RGBA"), expected) <= 2


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_gray_profile_is_applied_and_gray_stays_gray(mode: str, make: Make) -> None:
    grays: list[Color] = [(number * 20,) for number in range(12)]
    image = chart(grays, "L")
    if mode == "LA":
        image.putalpha(200)
    picture = make(encoded(image, "PNG", icc_profile=gray_profile(1.0)))
    expected = [(encode_srgb(gray / 255),) for (gray,) in grays]
    alpha = (200,) if mode == "LA" else ()
    assert furthest(seen(picture, mode=mode), [(*gray, *alpha) for gray in expected]) <= 2
    with Image.open(picture.renditions[0].path) as made:
        assert made.mode == mode


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_with_a_profile_looks_as_another_converter_makes_it(
    file_format: str, make: Make
) -> None:
    inks = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255),
            (90, 60, 30, 20), (10, 200, 220, 0), (128, 128, 128, 128)]  # fmt: skip
    image = chart(inks, "CMYK")
    profile = cmyk_profile()
    options = {"quality": 100} if file_format == "JPEG" else {}
    picture = make(encoded(image, file_format, icc_profile=profile, **options), FINE)

    other = vips_of(image, "cmyk").icc_transform(
        "srgb", input_profile="cmyk", intent="relative", black_point_compensation=True
    )
    expected = [tuple(int(v) for v in other(16 + 32 * n, 16)) for n in range(len(inks))]
    assert furthest(seen(picture, len(inks)), expected) <= NEAR


def test_a_profile_of_srgb_changes_nothing(make: Make) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert seen(make(encoded(chart(), "PNG", icc_profile=profile))) == list(COLORS)


@pytest.mark.parametrize(
    "profile",
    [
        b"\0" * 200,
        DISPLAY_P3.profile()[:300],
        DISPLAY_P3.profile()[:132] + b"\xff" * 6000,
        gray_profile(1.0),
        cmyk_profile(),
    ],
    ids=["zeros", "cut off", "nonsense", "of gray", "of CMYK"],
)
def test_a_profile_that_cannot_be_used_is_ignored(profile: bytes, make: Make) -> None:
    for file_format in ("JPEG", "PNG", "TIFF"):
        data = encoded(chart(), file_format, icc_profile=profile, **EXACT[file_format])
        assert furthest(seen(make(data, FINE)), COLORS) <= NEAR


def test_a_profile_without_end_is_too_large(refuse: Refuse) -> None:
    data = encoded(chart(), "TIFF", icc_profile=b"\0" * (17 << 20))
    assert refuse(data).reason == "too_large"


def calibrated(gamma: float, *more: bytes, color: int = 2) -> bytes:
    """Make a PNG of the chart that says its gamma, and what else is given."""
    channels = 3 if color == 2 else 1
    row = b"".join(bytes(patch[:channels]) for patch in COLORS)
    mark = chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))
    return png(len(COLORS), 1, b"\0" + row, color=color, before_data=[mark, *more])


@pytest.mark.parametrize("gamma", [0.35, 0.55, 1.0, 2.5])
@pytest.mark.parametrize("color", [0, 2])
def test_gamma_is_applied(gamma: float, color: int, make: Make) -> None:
    expected = [
        tuple(encode_srgb((sample / 255) ** (1 / gamma)) for sample in patch) for patch in COLORS
    ]
    if color == 0:
        expected = [(patch[0],) * 3 for patch in expected]
    assert furthest(seen(make(calibrated(gamma, color=color))), expected) <= 1


@pytest.mark.parametrize("gamma", [0.45455, 0.44, 0.0, 1e-5, 21474])
def test_the_gamma_of_srgb_or_nonsense_changes_nothing(gamma: float, make: Make) -> None:
    assert seen(make(calibrated(gamma))) == list(COLORS)


def test_a_mark_of_srgb_overrides_gamma(make: Make) -> None:
    assert seen(make(calibrated(1.0, chunk(b"sRGB", b"\0")))) == list(COLORS)


def test_chromaticities_are_applied(make: Make) -> None:
    corners = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    mark = chunk(b"cHRM", struct.pack(">8I", *corners))
    expected = [DISPLAY_P3.to_srgb(color) for color in COLORS]
    assert furthest(seen(make(calibrated(0.45455, mark))), expected) <= 2


@pytest.mark.parametrize("corners", [(0,) * 8, (31270, 32900) * 4, (2**31,) * 8])
def test_chromaticities_that_span_nothing_change_nothing(
    corners: tuple[int, ...], make: Make
) -> None:
    mark = chunk(b"cHRM", struct.pack(">8I", *corners))
    assert seen(make(calibrated(0.45455, mark))) == list(COLORS)
