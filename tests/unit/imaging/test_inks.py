"""CMYK in its dialects: by Adobe, as YCCK, and without a mark, as another decoder reads it."""

import struct
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.unit.imaging.charts import chart, furthest, seen
from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import encoded
from tests.unit.imaging.vips import pixels_by_vips
from worker.imaging.pipeline import Recipe

INKS: list[tuple[int, ...]] = [
    (0, 0, 0, 0),
    (255, 0, 0, 0),
    (0, 255, 0, 0),
    (0, 0, 255, 0),
    (0, 0, 0, 255),
    (90, 60, 30, 20),
    (10, 200, 220, 0),
    (128, 128, 128, 128),
]
FINE = Recipe(quality=97)
EXACT: dict[str, Any] = {"quality": 100, "subsampling": 0}
ADOBE_TRANSFORM = 15
"""Where the segment says how colors were transformed, from its marker on."""


def mixed(inks: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Give the colors of inks that have no profile: what paper reflects, ink by ink."""
    return [
        tuple(round((255 - ink) * (255 - black) / 255) for ink in colors) for *colors, black in inks
    ]


def as_adobe() -> bytes:
    """Let Pillow write it: inverted, as Adobe's programs do."""
    return encoded(chart(INKS, "CMYK"), "JPEG", **EXACT)


def as_ycck() -> bytes:
    """Write luminance and chrominance of three inks in place of the inks, and say so."""
    *inks, black = chart(INKS, "CMYK").split()
    luminance = Image.merge("RGB", inks).convert("YCbCr")
    planes = [ImageChops.invert(plane) for plane in luminance.split()]
    data = bytearray(encoded(Image.merge("CMYK", (*planes, black)), "JPEG", **EXACT))
    data[data.index(b"\xff\xee") + ADOBE_TRANSFORM] = 2
    return bytes(data)


def without_a_mark() -> bytes:
    data = as_adobe()
    at = data.index(b"\xff\xee")
    (length,) = struct.unpack(">H", data[at + 2 : at + 4])
    return data[:at] + data[at + 2 + length :]


@pytest.mark.parametrize("write", [as_adobe, as_ycck, without_a_mark])
def test_inks_are_read_as_another_decoder_reads_them(write: Any, make: Make) -> None:
    data = write()
    middles = [(16 + 32 * number, 16) for number in range(len(INKS))]
    inks = pixels_by_vips(data, middles)
    assert furthest(seen(make(data, FINE), len(INKS)), mixed(inks)) <= 6


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_inks_of_a_tiff_are_mixed(compression: str, make: Make) -> None:
    data = encoded(chart(INKS, "CMYK"), "TIFF", compression=compression)
    assert furthest(seen(make(data, FINE), len(INKS)), mixed(INKS)) <= 6
