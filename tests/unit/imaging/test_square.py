"""The square: what gravity says stays, nothing is enlarged, nothing but a crop is done to it."""

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import RED, encoded, noise, oriented
from worker.imaging.pipeline import Picture, Recipe
from worker.imaging.square import SIDES, crop_box

WIDE = (900, 300)


def ramp(size: tuple[int, int]) -> Image.Image:
    """Draw a picture whose red says how far right, and whose green how far down a pixel is."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, Image.new("L", size)))


def middle(picture: Picture) -> tuple[float, float]:
    """Return which point of the original stands in the middle of the square, as fractions."""
    with Image.open(picture.renditions[3].path) as square:
        assert square.width == square.height
        red, green, _ = square.convert("RGB").getpixel((square.width // 2, square.height // 2))  # type: ignore[misc]
    return red / 255, green / 255


@pytest.mark.parametrize(
    ("gravity", "x"),
    [
        *(("center", 1 / 2), ("north", 1 / 2), ("east", 5 / 6), ("southwest", 1 / 6)),
        *(("0.25,0.9", 0.25), ("0,0", 1 / 6), ("1,0.5", 5 / 6)),
    ],
)
def test_gravity_says_what_of_a_wide_picture_stays(gravity: str, x: float, make: Make) -> None:
    picture = make(encoded(ramp(WIDE), "PNG"), Recipe(gravity=gravity))
    assert middle(picture) == pytest.approx((x, 0.5), abs=0.02)


@pytest.mark.parametrize(
    ("gravity", "y"), [("north", 1 / 6), ("southeast", 5 / 6), ("west", 1 / 2), ("0.9,0.6", 0.6)]
)
def test_gravity_is_of_the_upright_picture(gravity: str, y: float, make: Make) -> None:
    turned = ramp((300, 900)).transpose(Image.Transpose.ROTATE_90)
    data = encoded(turned, "JPEG", exif=oriented(6), quality=95)
    assert middle(make(data, Recipe(gravity=gravity))) == pytest.approx((0.5, y), abs=0.02)


@pytest.mark.parametrize(
    ("size", "side"),
    [((3000, 2000), 400), ((350, 900), 350), ((400, 400), 400), ((8000, 500), 400), ((9, 1), 1)],
)
def test_it_is_as_large_as_may_be_and_never_enlarged(
    size: tuple[int, int], side: int, make: Make
) -> None:
    for file_format in ("JPEG", "PNG"):
        square = make(encoded(Image.new("RGB", size), file_format)).renditions[3]
        assert (square.width, square.height) == (side, side)


def test_it_shows_the_same_as_a_crop_of_the_original(make: Make) -> None:
    original = noise(60, 40).resize((1500, 1000), Image.Resampling.BICUBIC)
    with Image.open(make(encoded(original, "PNG")).renditions[3].path) as made:
        expected = original.crop((250, 0, 1250, 1000)).resize((400, 400), Image.Resampling.LANCZOS)
        pairs = zip(made.convert("RGB").tobytes(), expected.tobytes(), strict=True)
        assert sum(abs(a - b) for a, b in pairs) / (400 * 400 * 3) < 1.5


def test_alpha_is_cut_out_too(make: Make) -> None:
    picture = Image.new("RGBA", WIDE, (*RED, 255))
    picture.paste((0, 255, 0, 0), (0, 0, 450, 300))
    square = make(encoded(picture, "PNG"), Recipe(gravity="west")).renditions[3]
    with Image.open(square.path) as made:
        assert made.getpixel((10, 10))[3] == 0  # type: ignore[index]
        assert made.getpixel((made.width // 2, 10))[3] == 0  # type: ignore[index]


def test_every_gravity_stays_within_the_picture() -> None:
    for size in ((7, 4), (4, 7), (5, 5), (1, 9)):
        for gravity in [*SIDES, "0,0", "1,1", "0.5,0.5", "0.333333,0.9"]:
            left, top, right, bottom = crop_box(size, gravity)
            assert 0 <= left < right <= size[0]
            assert 0 <= top < bottom <= size[1]
            assert right - left == bottom - top == min(size)
