"""Dimensions are those that another decoder reads."""

from random import Random

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import encoded, oriented
from tests.unit.imaging.headers import dimensions

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
FILE_TYPES = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}


@pytest.mark.parametrize("number", range(100))
def test_dimensions_equal_those_of_another_decoder(number: int, make: Make) -> None:
    random = Random(number)
    file_format = FORMATS[number % 4]
    size = (random.randint(1, 900), random.randint(1, 900))
    turned = file_format != "GIF" and random.random() < 0.5
    options = {"exif": oriented(random.choice([5, 6, 7, 8]))} if turned else {}
    data = encoded(Image.new("RGB", size, (90, 120, 40)), file_format, **options)

    picture = make(data)

    width, height = dimensions(data)
    assert (picture.width, picture.height) == ((height, width) if turned else (width, height))
    assert picture.file_type == FILE_TYPES[file_format]
    for made in picture.renditions:
        assert dimensions(made.path.read_bytes()) == (made.width, made.height)
