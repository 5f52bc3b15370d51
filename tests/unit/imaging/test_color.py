"""Modes, palettes and transparency come out as they were meant."""

import struct

import pytest
from PIL import Image, ImageDraw

from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import chunk, encoded, png, quarters
from worker.imaging.pipeline import Picture, Recipe

RED, CLEAR = (255, 0, 0, 255), (0, 0, 0, 0)
Pixel = tuple[int, ...]


def pixels(picture: Picture, *points: tuple[int, int], suffix: int = 2) -> list[Pixel]:
    with Image.open(picture.renditions[suffix].path) as image:
        plain = image.convert("RGBA")
    return [plain.getpixel(point) for point in points]  # type: ignore[misc]


def disc(size: int = 800) -> Image.Image:
    """Draw a red disc on nothing, where nothing is colored green: no edge may turn greenish."""
    image = Image.new("RGBA", (size, size), (0, 255, 0, 0))
    ImageDraw.Draw(image).ellipse((size / 8, size / 8, 7 * size / 8, 7 * size / 8), fill=RED)
    return image


@pytest.mark.parametrize(
    ("file_format", "options"), [("PNG", {}), ("WEBP", {"lossless": True, "exact": True})]
)
def test_hidden_colors_do_not_bleed_into_edges(
    file_format: str, options: dict[str, bool], make: Make
) -> None:
    for made in make(encoded(disc(), file_format, **options), Recipe((50, 100, 200))).renditions:
        with Image.open(made.path) as image:
            assert image.mode == "RGBA"
            seen = [pixel for pixel in image.get_flattened_data() if pixel[3] > 40]  # type: ignore[index]
        assert seen
        assert max(pixel[1] for pixel in seen) <= 40  # type: ignore[index]


def test_alpha_of_an_unscaled_picture_is_kept(make: Make) -> None:
    image = Image.new("RGBA", (2, 1))
    image.putdata([(10, 200, 30, 255), (40, 50, 60, 0)])
    assert pixels(make(encoded(image, "PNG")), (0, 0), (1, 0)) == [(10, 200, 30, 255), CLEAR]


def test_an_alpha_channel_that_hides_nothing_is_left_out(make: Make) -> None:
    made = make(encoded(quarters(300, 200).convert("RGBA"), "PNG")).renditions[0]
    with Image.open(made.path) as image:
        assert image.mode == "RGB"


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_a_palette_with_a_transparent_entry(file_format: str, make: Make) -> None:
    image = Image.new("P", (4, 1))
    image.putpalette([255, 0, 0, 0, 0, 255, 0, 255, 0])
    image.putdata([0, 1, 2, 1])
    picture = make(encoded(image, file_format, transparency=1))
    seen = pixels(picture, (0, 0), (1, 0), (2, 0))
    assert seen == [RED, CLEAR, (0, 255, 0, 255)]


def test_a_palette_with_half_transparent_entries(make: Make) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    picture = make(encoded(image, "PNG", transparency=bytes([128, 255])))
    assert pixels(picture, (0, 0), (1, 0)) == [(255, 0, 0, 128), (0, 0, 255, 255)]


@pytest.mark.parametrize(
    ("depth", "scanline", "transparent"),
    [
        (1, b"\x00\x40", 0),
        (2, b"\x00\x30", 0),
        (2, b"\x00\xc0", 3),
        (4, b"\x00\x70", 7),
        (8, b"\x00\x70\x90", 0x70),
        (16, b"\x00\x70\x10\x70\x11", 0x7010),
    ],
)
def test_a_transparent_gray_in_every_depth(
    depth: int, scanline: bytes, transparent: int, make: Make
) -> None:
    mark = chunk(b"tRNS", struct.pack(">H", transparent))
    data = png(2, 1, scanline, depth=depth, color=0, before_data=[mark])
    first, second = pixels(make(data), (0, 0), (1, 0))
    assert (first[3], second[3]) == (0, 255)


@pytest.mark.parametrize(
    ("depth", "scanline", "transparent"),
    [
        (8, b"\x00\x01\x02\x03\x01\x02\x04", (1, 2, 3)),
        (16, b"\x00\x01\x00\x02\x00\x03\x00\x01\x00\x02\x00\x04\x00", (0x100, 0x200, 0x300)),
    ],
)
def test_a_transparent_color_in_every_depth(
    depth: int, scanline: bytes, transparent: tuple[int, int, int], make: Make
) -> None:
    mark = chunk(b"tRNS", struct.pack(">HHH", *transparent))
    data = png(2, 1, scanline, depth=depth, before_data=[mark])
    assert pixels(make(data), (0, 0), (1, 0)) == [CLEAR, (1, 2, 4, 255)]


def test_sixteen_bit_gray_keeps_its_range(make: Make) -> None:
    data = png(3, 1, b"\x00\x00\x00\x80\x00\xff\xff", depth=16, color=0)
    grays = [pixel[0] for pixel in pixels(make(data), (0, 0), (1, 0), (2, 0))]
    assert grays == [0, 128, 255]


def test_one_bit_becomes_gray_when_it_shrinks(make: Make) -> None:
    image = Image.new("1", (600, 600))
    image.putdata([(x + y) % 2 * 255 for y in range(600) for x in range(600)])
    (seen,) = pixels(make(encoded(image, "PNG"), Recipe((50, 60, 70))), (30, 30))
    assert 100 < seen[0] < 156


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grays_stay_gray(mode: str, make: Make) -> None:
    image = Image.new(mode, (300, 200), 90 if mode == "L" else (90, 120))
    with Image.open(make(encoded(image, "PNG")).renditions[0].path) as made:
        assert made.mode == mode
        assert made.getpixel((5, 5)) == pytest.approx(90 if mode == "L" else (90, 120), abs=1)


def test_cmyk_becomes_rgb(make: Make) -> None:
    picture = make(encoded(Image.new("CMYK", (300, 200), (0, 255, 255, 0)), "JPEG"))
    with Image.open(picture.renditions[1].path) as made:
        assert made.mode == "RGB"
        red, green, blue = made.getpixel((100, 100))  # type: ignore[misc]
    assert red > 200
    assert max(green, blue) < 60


def test_an_animation_gives_a_still_of_its_first_frame(make: Make) -> None:
    frames = [Image.new("RGB", (60, 40), color) for color in ("red", "blue", "lime")]
    for file_format in ("GIF", "WEBP", "PNG"):
        options = {"lossless": True} if file_format == "WEBP" else {}
        data = encoded(
            frames[0], file_format, save_all=True, append_images=frames[1:], duration=50, **options
        )
        picture = make(data)
        assert (picture.width, picture.height) == (60, 40)
        assert pixels(picture, (30, 20))[0] == pytest.approx(RED, abs=2)
        with Image.open(picture.renditions[2].path) as made:
            assert getattr(made, "n_frames", 1) == 1
