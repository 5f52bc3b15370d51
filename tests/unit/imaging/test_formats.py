"""Every format that is a picture here: known by content, and right in its pixels."""

import struct
from base64 import b64decode
from typing import Any

import pytest
from PIL import Image

from shared.domain.image import ThumbnailFormat
from tests.unit.imaging.charts import COLORS, chart, furthest, seen
from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import encoded, noise
from tests.unit.imaging.vips import vips_of
from worker.imaging.pipeline import Recipe

FINE = Recipe(quality=97)
NEAR = 6
TWELVE_BITS_LOSSLESS = (
    "/0//UQAyAAAAAAAQAAAABAAAAAAAAAAAAAAAEAAAAAQAAAAAAAAAAAAECwEBCwEBCwEBCwEB/1IADAAAAAEBAAQE"
    "AAH/XAAEQGD/kAAKAAAAAABaAAH/k9/g/BFQQlAWUdBmeEK4SEY/2AYEFSIFiwYFqBlkAMC1AzzaGBagY6fEggKU"
    "MC1ANAeoVQwLUACoBgWoICc4YFqCP4CAz+QUFABcnTb/2Q=="
)
TWELVE_BITS_LOSSY = (
    "/0//UQAyAAAAAAAQAAAABAAAAAAAAAAAAAAAEAAAAAQAAAAAAAAAAAAECwEBCwEBCwEBCwEB/1IADAAAAAEBAAQE"
    "AAD/XAAFQmAA/5AACgAAAAAAOQAB/5PfSeARUEJQFlHQZnhCuEhGP9gGBBUiBYsGBagZZADAtQOAgM/UFBQAXJ02"
    "/9k="
)
"""JPEG 2000 with alpha, by OpenJPEG's program: Pillow writes none of more than 8 bits."""

UNKNOWN_COMPRESSION = (struct.pack("<HHII", 259, 3, 1, 1), struct.pack("<HHII", 259, 3, 1, 34713))

FORMATS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("JPEG", "jpg", "image/jpeg", {"quality": 97}),
    ("JPEG", "jpg", "image/jpeg", {"quality": 97, "progressive": True}),
    ("PNG", "png", "image/png", {}),
    ("GIF", "gif", "image/gif", {}),
    ("WEBP", "webp", "image/webp", {"quality": 97}),
    ("WEBP", "webp", "image/webp", {"lossless": True}),
    ("TIFF", "tiff", "image/tiff", {}),
    ("BMP", "bmp", "image/bmp", {}),
    ("AVIF", "avif", "image/avif", {"quality": 95}),
    ("HEIF", "heic", "image/heic", {"quality": 97}),
    ("JPEG2000", "jp2", "image/jp2", {}),
    ("JPEG2000", "jp2", "image/jp2", {"no_jp2": True}),
    ("ICO", "ico", "image/x-icon", {"sizes": [(384, 32)]}),
    ("ICO", "ico", "image/x-icon", {"sizes": [(384, 32)], "bitmap_format": "bmp"}),
]


def icon(image: Image.Image) -> bytes:
    """Wrap a PNG as the one picture of an ICO; Pillow writes none wider than 256 pixels."""
    data = encoded(image, "PNG")
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 32, 0, 0, 1, 32, len(data), 22) + data


@pytest.mark.parametrize(("file_format", "file_type", "content_type", "options"), FORMATS)
def test_a_picture_of_any_format_looks_as_it_should(
    file_format: str, file_type: str, content_type: str, options: dict[str, Any], make: Make
) -> None:
    if file_format == "ICO":
        columns = [chart([color]) for color in COLORS[:8]]
        image, colors = Image.new("RGB", (256, 32)), COLORS[:8]
        for number, patch in enumerate(columns):
            image.paste(patch, (32 * number, 0))
        options = options | {"sizes": [(256, 32)]}
    else:
        image, colors = chart(), COLORS

    picture = make(encoded(image, file_format, **options), FINE)

    assert (picture.file_type, picture.content_type) == (file_type, content_type)
    assert (picture.width, picture.height) == image.size
    assert furthest(seen(picture, len(colors)), colors) <= NEAR


@pytest.mark.parametrize("compression", ["none", "jpeg", "deflate", "packbits", "lzw"])
@pytest.mark.parametrize("layout", [{}, {"tile": True, "pyramid": True}, {"bigtiff": True}])
def test_tiff_of_every_make(compression: str, layout: dict[str, bool], make: Make) -> None:
    options = {"Q": 97} if compression == "jpeg" else {}
    data = vips_of(chart()).tiffsave_buffer(compression=compression, **layout, **options)
    assert furthest(seen(make(data, FINE)), COLORS) <= NEAR


@pytest.mark.parametrize("compression", ["none", "ccittfax4"])
def test_tiff_of_one_bit(compression: str, make: Make) -> None:
    grays = [(255 * (number % 2),) for number in range(12)]
    bits = vips_of(chart(grays, "L"), "b-w")
    data = bits.tiffsave_buffer(compression=compression, bitdepth=1)
    assert furthest(seen(make(data, FINE), mode="L"), grays) <= 2


@pytest.mark.parametrize("options", [{}, {"compression": "lzw", "predictor": "horizontal"}])
def test_sixteen_bits_of_color_keep_their_range(options: dict[str, str], make: Make) -> None:
    wide = (vips_of(chart()) * 257).cast("ushort").copy(interpretation="rgb16")
    assert furthest(seen(make(wide.tiffsave_buffer(**options), FINE)), COLORS) <= NEAR
    assert furthest(seen(make(wide.pngsave_buffer())), COLORS) <= 1


@pytest.mark.parametrize("data", [TWELVE_BITS_LOSSLESS, TWELVE_BITS_LOSSY])
def test_white_stays_white_in_over_eight_bits_of_jpeg_2000(data: str, make: Make) -> None:
    grays = [(0, 0, 0, 255), (255, 255, 255, 255), (128, 128, 128, 255), (30, 30, 30, 255)]
    assert furthest(seen(make(b64decode(data), FINE), 4, "RGBA"), grays) <= 2


@pytest.mark.parametrize("options", [{}, {"miniswhite": True}])
def test_sixteen_bits_of_gray_keep_their_range(options: dict[str, bool], make: Make) -> None:
    grays = [(number * 23,) for number in range(12)]
    wide = (vips_of(chart(grays, "L"), "b-w") * 257).cast("ushort").copy(interpretation="grey16")
    data = wide.tiffsave_buffer(**options)
    assert furthest(seen(make(data, FINE), mode="L"), grays) <= 2


def test_big_endian_sixteen_bits_of_gray_keep_their_range(make: Make) -> None:
    samples = struct.pack(">12H", *(number * 23 * 257 for number in range(12)))
    picture = make(encoded(Image.frombytes("I;16B", (12, 1), samples), "TIFF"), FINE)
    assert furthest(seen(picture, mode="L"), [(number * 23,) for number in range(12)]) <= 3


def test_thirty_two_bits_of_gray_keep_their_range(make: Make) -> None:
    grays = [(number * 23,) for number in range(12)]
    wide = (vips_of(chart(grays, "L"), "b-w") * 0x01010101).cast("uint")
    assert furthest(seen(make(wide.tiffsave_buffer(), FINE), mode="L"), grays) <= 2


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_floats_keep_their_range(white: float, make: Make) -> None:
    grays = [(number * 23,) for number in range(11)]
    wide = (vips_of(chart([*grays, (255,)], "L"), "b-w") * (white / 255)).cast("float")
    picture = make(wide.tiffsave_buffer(), FINE)
    assert furthest(seen(picture, mode="L"), [*grays, (255,)]) <= 2


def test_lab_becomes_srgb(make: Make) -> None:
    """Values of CIE L*a*b* under D50, in 8 bits, and their colors by Lindbloom's calculator."""
    lab = {
        (0, 0, 0): (0, 0, 0),
        (100, 0, 0): (255, 255, 255),
        (53.59, 0, 0): (128, 128, 128),
        (56.33, 21.69, 26.52): (180, 120, 90),
        (31.0, 23.25, -29.66): (90, 60, 120),
        (61.12, -53.73, 44.46): (30, 170, 60),
    }
    codes = [(round(light * 2.55), round(a) & 255, round(b) & 255) for light, a, b in lab]
    row = Image.frombytes("LAB", (len(codes), 1), b"".join(bytes(code) for code in codes))
    data = encoded(row.resize((32 * len(codes), 32), Image.Resampling.NEAREST), "TIFF")
    assert furthest(seen(make(data, FINE), len(codes)), list(lab.values())) <= NEAR


def test_a_tiff_of_pixels_that_nobody_here_knows_is_unsupported(refuse: Refuse) -> None:
    floats = (vips_of(chart()) / 255.0).cast("float").copy(interpretation="scrgb")
    gray_and_alpha = vips_of(chart(((9,), (99,)), "L")).bandjoin(255).cast("ushort")
    for data in (
        floats.tiffsave_buffer(),
        gray_and_alpha.copy(interpretation="grey16").tiffsave_buffer(),
        vips_of(chart()).tiffsave_buffer(compression="webp"),
        encoded(chart(), "TIFF").replace(*UNKNOWN_COMPRESSION),
    ):
        bad = refuse(data)
        assert (bad.reason, bad.file_type) == ("unsupported_format", "tiff")


def test_a_bmp_of_bit_fields_that_nobody_here_knows_is_unsupported(refuse: Refuse) -> None:
    header = struct.pack("<IiiHHIIiiII4I", 56, 2, 1, 1, 16, 3, 4, 0, 0, 0, 0, 0xF00, 0xF0, 15, 0)
    bad = refuse(b"BM" + struct.pack("<IHHI", 74, 0, 0, 70) + header + b"\0" * 4)
    assert (bad.reason, bad.file_type) == ("unsupported_format", "bmp")


def test_a_jpeg_of_twelve_bits_is_unsupported(refuse: Refuse) -> None:
    data = bytearray(encoded(chart(), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    bad = refuse(bytes(data))
    assert (bad.reason, bad.file_type) == ("unsupported_format", "jpg")


@pytest.mark.parametrize("file_format", ["TIFF", "HEIF", "MPO", "GIF", "WEBP", "PNG", "AVIF"])
def test_the_first_of_several_pictures_counts(file_format: str, make: Make) -> None:
    pages = [chart(), Image.new("RGB", (384, 32), (1, 2, 3)), Image.new("RGB", (384, 32))]
    picture = make(encoded(pages[0], file_format, save_all=True, append_images=pages[1:]), FINE)
    assert furthest(seen(picture), COLORS) <= 12


def test_a_preview_before_the_picture_does_not_count(make: Make) -> None:
    preview, picture = Image.new("RGB", (16, 12)), Image.new("RGB", (160, 120))
    picture.encoderinfo = {"tiffinfo": {254: 0}}
    data = encoded(preview, "TIFF", save_all=True, append_images=[picture], tiffinfo={254: 1})
    assert make(data).width == 160
    assert make(encoded(preview, "TIFF", tiffinfo={254: 1})).width == 16


def test_the_largest_picture_of_an_icon_counts(make: Make) -> None:
    picture = make(encoded(noise(256, 256), "ICO", sizes=[(16, 16), (256, 256), (48, 48)]))
    assert (picture.width, picture.height) == (256, 256)


def test_an_icon_that_lies_about_its_size_is_as_large_as_it_is(make: Make) -> None:
    assert make(icon(chart())).width == 384


ALPHA = ["PNG", "GIF", "WEBP", "TIFF", "AVIF", "HEIF", "JPEG2000", "ICO"]


@pytest.mark.parametrize("file_format", ALPHA)
def test_transparency_is_kept_in_a_format_that_has_it(file_format: str, make: Make) -> None:
    image = Image.new("RGBA", (64, 64), (200, 30, 40, 255))
    image.paste((0, 0, 0, 0), (32, 0, 64, 64))
    options = {"sizes": [(64, 64)]} if file_format == "ICO" else {}
    picture = make(encoded(image, file_format, **options))
    made = picture.renditions[2]
    assert made.extension == ("webp" if file_format == "WEBP" else "png")
    (left, right) = seen(picture, 2, "RGBA")
    assert furthest([left], [(200, 30, 40, 255)]) <= NEAR
    assert right[3] == 0


@pytest.mark.parametrize("file_format", ["TIFF", "BMP", "AVIF", "HEIF", "JPEG2000", "ICO"])
def test_thumbnails_without_transparency_are_jpeg(file_format: str, make: Make) -> None:
    for made in make(encoded(noise(64, 64), file_format)).renditions:
        assert made.extension == "jpg"
        with Image.open(made.path) as image:
            assert image.format == "JPEG"


@pytest.mark.parametrize("policy", ["webp", "avif"])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_policy_rules_the_format_of_all_thumbnails(
    mode: str, file_format: str, policy: str, make: Make
) -> None:
    if (mode, file_format) == ("RGBA", "JPEG"):
        mode = "CMYK"
    picture = make(encoded(noise(300, 200, "RGBA").convert(mode), file_format),
                   Recipe(thumbnails=ThumbnailFormat(policy)))  # fmt: skip
    for made in picture.renditions:
        assert (made.extension, made.content_type) == (policy, f"image/{policy}")
        with Image.open(made.path) as image:
            assert image.format == policy.upper()
            assert image.size == (made.width, made.height)
