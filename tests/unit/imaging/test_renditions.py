"""What thumbnails are: their sizes, formats, names, and what is not in them."""

from hashlib import sha256

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import encoded, noise, oriented, quarters
from tests.unit.imaging.headers import parts
from worker.imaging.pipeline import Recipe

PLAIN_PARTS = {
    "jpg": {"E0", "DB", "C0", "C4", "DA"},
    "png": {"IHDR", "IDAT", "IEND"},
    "webp": {"VP8 ", "VP8L", "VP8X", "ALPH"},
}
PROFILE = b"\0" * 128 + b"a profile that must not be passed on"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3000, 2000), [(150, 100), (400, 267), (1200, 800)]),
        ((2000, 3000), [(100, 150), (267, 400), (800, 1200)]),
        ((1200, 1200), [(150, 150), (400, 400), (1200, 1200)]),
        ((4000, 3000), [(150, 113), (400, 300), (1200, 900)]),
        ((399, 100), [(150, 38), (399, 100), (399, 100)]),
        ((1, 1), [(1, 1), (1, 1), (1, 1)]),
        ((20000, 1), [(150, 1), (400, 1), (1200, 1)]),
        ((3, 9000), [(1, 150), (1, 400), (1, 1200)]),
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_fits_the_sizes_and_never_enlarges(
    file_format: str, size: tuple[int, int], expected: list[tuple[int, int]], make: Make
) -> None:
    picture = make(encoded(Image.new("RGB", size), file_format))
    assert [made.suffix for made in picture.renditions] == ["TH", "THM", "THP", "THS"]
    side = min(400, *size)
    assert [(made.width, made.height) for made in picture.renditions] == [*expected, (side, side)]


@pytest.mark.parametrize(
    ("file_format", "extension", "content_type"),
    [
        ("JPEG", "jpg", "image/jpeg"),
        ("PNG", "png", "image/png"),
        ("GIF", "png", "image/png"),
        ("WEBP", "webp", "image/webp"),
    ],
)
def test_the_format_of_thumbnails_follows_that_of_the_picture(
    file_format: str, extension: str, content_type: str, make: Make
) -> None:
    picture = make(encoded(quarters(500, 300), file_format))
    for made in picture.renditions:
        assert made.path.name == f"{made.suffix}.{extension}"
        assert (made.extension, made.content_type) == (extension, content_type)
        with Image.open(made.path) as image:
            assert image.get_format_mimetype() == content_type


def test_says_what_the_files_hold(make: Make) -> None:
    for made in make(encoded(noise(700, 500), "JPEG")).renditions:
        data = made.path.read_bytes()
        assert (made.size_in_bytes, made.sha256) == (len(data), sha256(data).hexdigest())


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(100, 80), (1600, 900)])
def test_thumbnails_carry_no_metadata(file_format: str, size: tuple[int, int], make: Make) -> None:
    exif = oriented(6)
    exif[0x010F] = "a maker"
    options = {"exif": exif, "icc_profile": PROFILE, "xmp": b"<x:xmpmeta/>", "comment": b"secret"}
    if file_format == "PNG":
        del options["xmp"]
    data = encoded(quarters(*size), file_format, **options, dpi=(300, 300))
    assert not parts(data) <= PLAIN_PARTS[file_format.lower().replace("jpeg", "jpg")]

    for made in make(data).renditions:
        assert parts(made.path.read_bytes()) <= PLAIN_PARTS[made.extension]


def test_quality_counts(make: Make) -> None:
    data = encoded(noise(800, 800), "JPEG", quality=95)
    sizes = [
        make(data, Recipe(quality=quality)).renditions[2].size_in_bytes for quality in (30, 90)
    ]
    assert sizes[0] * 2 < sizes[1]


def test_sizes_come_in_the_order_of_the_recipe_even_if_it_falls(make: Make) -> None:
    picture = make(encoded(quarters(900, 900), "PNG"), Recipe((600, 50, 600)))
    assert [made.width for made in picture.renditions[:3]] == [600, 50, 600]


def test_a_scaled_decode_looks_like_a_full_one(make: Make) -> None:
    """A JPEG far larger than its thumbnails is decoded at a fraction: nobody may see it."""
    original = quarters(4800, 3600)
    with Image.open(make(encoded(original, "JPEG", quality=95)).renditions[2].path) as made:
        reference = original.resize((1200, 900), Image.Resampling.LANCZOS)
        for x, y in ((10, 10), (1190, 10), (10, 890), (1190, 890), (590, 440), (610, 460)):
            pairs = zip(made.getpixel((x, y)), reference.getpixel((x, y)), strict=True)  # type: ignore[arg-type]
            assert all(abs(a - b) <= 6 for a, b in pairs)


def code_tables(data: bytes) -> bytes:
    """Return the tables of a JPEG; all those that are nobody's own are the same."""
    return data[data.index(b"\xff\xc4") : data.index(b"\xff\xda")]


def test_plain_pictures_get_code_tables_of_their_own(make: Make) -> None:
    """They save up to 40 % there; noise is not worth the time that they take."""
    standard = code_tables(encoded(noise(16, 16), "JPEG"))
    for picture, has_own in ((quarters(1600, 1200), True), (noise(1600, 1200), False)):
        made = make(encoded(picture, "JPEG", quality=95)).renditions[2].path.read_bytes()
        assert (code_tables(made) != standard) == has_own
