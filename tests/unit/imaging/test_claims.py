"""A header that claims more than a picture may have is believed, and nothing is decoded for it."""

import resource
import struct

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import encoded, noise
from worker.imaging.pipeline import Recipe

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "JPEG2000", "ICO"]
HUGE_PX = 60_000

# How a header of the format holds width and height; more than once in some.
SIDES = {"BMP": "<II", "AVIF": ">II", "HEIF": ">II", "JPEG2000": ">II"}


def claiming(file_format: str) -> bytes:
    """Let a small picture claim to be 60,000 pixels wide and high."""
    data = encoded(Image.new("RGB", (64, 64), "red"), file_format)
    order = SIDES[file_format]
    small, huge = (struct.pack(order, side, side) for side in (64, HUGE_PX))
    assert small in data
    return data.replace(small, huge)


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_limit_of_pixels_is_exact_in_every_format(
    file_format: str, make: Make, refuse: Refuse
) -> None:
    options = {"sizes": [(60, 40)]} if file_format == "ICO" else {}
    data = encoded(noise(60, 40), file_format, **options)
    assert make(data, Recipe(max_pixels=60 * 40)).width == 60
    assert refuse(data, Recipe(max_pixels=60 * 40 - 1)).reason == "too_many_pixels"


@pytest.mark.parametrize("file_format", SIDES)
def test_a_claim_is_refused_before_it_costs_memory(file_format: str, refuse: Refuse) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refuse(claiming(file_format)).reason == "too_many_pixels"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_a_tiff_that_claims_much_is_refused(refuse: Refuse) -> None:
    data = encoded(noise(60, 40), "TIFF")
    for tag in (256, 257):
        entry = struct.pack("<HHI", tag, 4, 1)
        at = data.index(entry) + len(entry)
        data = data[:at] + struct.pack("<I", HUGE_PX) + data[at + 4 :]
    assert refuse(data).reason == "too_many_pixels"


@pytest.mark.parametrize("tag", [256, 257])
def test_a_tiff_without_an_area_is_corrupt(tag: int, refuse: Refuse) -> None:
    data = encoded(noise(60, 40), "TIFF")
    entry = struct.pack("<HHI", tag, 4, 1)
    at = data.index(entry) + len(entry)
    assert refuse(data[:at] + b"\0" * 4 + data[at + 4 :]).reason == "corrupt"


def test_pages_are_limited(make: Make, refuse: Refuse) -> None:
    pages = [noise(8, 8, seed=seed) for seed in range(12)]
    for file_format in ("TIFF", "AVIF", "HEIF"):
        data = encoded(pages[0], file_format, save_all=True, append_images=pages[1:])
        assert make(data, Recipe(max_frames=12)).width == 8
        assert refuse(data, Recipe(max_frames=11)).reason == "too_many_frames"
