"""A JPEG that lacks only the marker of its end is whole; one that lacks a bit more is not."""

import re

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import encoded, noise, quarters
from worker.imaging.pipeline import Recipe

KINDS = {
    "baseline": encoded(noise(203, 101), "JPEG"),
    "fine": encoded(noise(203, 101), "JPEG", quality=98, subsampling=0),
    "gray": encoded(noise(203, 101, "L"), "JPEG"),
    "cmyk": encoded(noise(203, 101, "CMYK"), "JPEG"),
    "progressive": encoded(noise(203, 101), "JPEG", progressive=True),
    "restarts": encoded(noise(203, 101), "JPEG", restart_marker_blocks=3),
    "flat": encoded(Image.new("RGB", (203, 101), "white"), "JPEG"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_is_whole(kind: str, missing: int, make: Make) -> None:
    whole = make(KINDS[kind]).renditions[2].path.read_bytes()
    assert make(KINDS[kind][:-missing]).renditions[2].path.read_bytes() == whole


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [3, 4, 6, 20, 300])
def test_a_jpeg_without_its_last_pixels_is_truncated(
    kind: str, missing: int, refuse: Refuse
) -> None:
    assert refuse(KINDS[kind][:-missing]).reason == "truncated"


def test_a_jpeg_without_its_last_scans_is_truncated(refuse: Refuse) -> None:
    data = KINDS["progressive"]
    scans = [found.start() for found in re.finditer(b"\xff\xda", data)]
    assert len(scans) > 5
    for scan in scans[1:]:
        assert refuse(data[:scan]).reason == "truncated"


def test_a_scaled_decode_is_whole_too(make: Make) -> None:
    data = encoded(quarters(1600, 1200), "JPEG")[:-2]
    assert make(data, Recipe((10, 20, 100))).width == 1600
