"""The eight EXIF orientations, and metadata that make no sense."""

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import BLUE, GREEN, RED, YELLOW, encoded, oriented, quarters
from worker.imaging.pipeline import Picture, Recipe

UPRIGHT = [RED, GREEN, BLUE, YELLOW]

# What the four quarters of the stored pixels are, row by row, so that orientation n shows UPRIGHT.
STORED = {
    1: [RED, GREEN, BLUE, YELLOW],
    2: [GREEN, RED, YELLOW, BLUE],
    3: [YELLOW, BLUE, GREEN, RED],
    4: [BLUE, YELLOW, RED, GREEN],
    5: [RED, BLUE, GREEN, YELLOW],
    6: [GREEN, YELLOW, RED, BLUE],
    7: [YELLOW, GREEN, BLUE, RED],
    8: [BLUE, RED, YELLOW, GREEN],
}


def four(colors: list[tuple[int, int, int]], size: tuple[int, int]) -> Image.Image:
    small = Image.new("RGB", (2, 2))
    small.putdata(colors)
    return small.resize(size, Image.Resampling.NEAREST)


def shown(picture: Picture) -> list[tuple[int, int, int]]:
    with Image.open(picture.renditions[2].path) as image:
        w, h = image.size
        at = [
            (w // 4, h // 4),
            (3 * w // 4, h // 4),
            (w // 4, 3 * h // 4),
            (3 * w // 4, 3 * h // 4),
        ]
        seen = [image.convert("RGB").getpixel(point) for point in at]
    return [min(UPRIGHT, key=lambda known: _distance(known, color)) for color in seen]


def _distance(one: tuple[int, ...], other: object) -> int:
    assert isinstance(other, tuple)
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("largest_px", [60, 1200])
def test_every_orientation_is_shown_upright(
    largest_px: int, orientation: int, file_format: str, make: Make
) -> None:
    upright_size = (600, 400)
    stored_size = upright_size if orientation < 5 else upright_size[::-1]
    stored = four(STORED[orientation], (stored_size[0], stored_size[1]))

    picture = make(
        encoded(stored, file_format, exif=oriented(orientation)), Recipe((10, 20, largest_px))
    )

    assert (picture.width, picture.height) == upright_size
    assert shown(picture) == UPRIGHT


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_heic_is_turned_once_if_its_container_says_so_too(orientation: int, make: Make) -> None:
    stored = four(STORED[orientation], (600, 400) if orientation < 5 else (400, 600))
    data = encoded(stored, "HEIF", exif=oriented(orientation).tobytes())
    assert orientation == 1 or b"irot" in data or b"imir" in data
    assert shown(make(data)) == UPRIGHT


@pytest.mark.parametrize("value", [0, 9, 255])
def test_an_unknown_orientation_is_upright(value: int, make: Make) -> None:
    picture = make(encoded(quarters(300, 200), "JPEG", exif=oriented(value)))
    assert (picture.width, picture.height) == (300, 200)
    assert shown(picture) == UPRIGHT


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0" + b"\xff" * 40, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_broken_metadata_do_not_matter(exif: bytes, make: Make) -> None:
    picture = make(encoded(quarters(300, 200), "JPEG", exif=exif))
    assert (picture.width, picture.height) == (300, 200)
