"""Of what moves, the first frame is shown, as a whole canvas."""

import struct

import pytest
from PIL import Image

from tests.unit.imaging.charts import difference
from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import RED, encoded, quarters
from tests.unit.imaging.vips import by_vips

CANVAS, PART, PLACE = (60, 40), (20, 10), (30, 20)


def part_of_a_gif(**options: int) -> bytes:
    """Put a small first frame within the larger canvas of a GIF."""
    image = Image.new("P", PART)
    image.putpalette([*RED, 0, 0, 255])
    data = bytearray(encoded(image, "GIF", **options))
    data[6:10] = struct.pack("<HH", *CANVAS)
    frame = data.index(b",\0\0\0\0" + struct.pack("<HH", *PART))
    data[frame + 1 : frame + 5] = struct.pack("<HH", *PLACE)
    return bytes(data)


def part_of_a_webp(flags: int) -> bytes:
    """Put a small first frame within the larger canvas of a WebP (RFC 9649, §2.7.1.1)."""

    def riff(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    def little(*values: int) -> bytes:
        return b"".join(value.to_bytes(3, "little") for value in values)

    picture = encoded(Image.new("RGB", PART, RED), "WEBP", lossless=True)[12:]
    place = little(PLACE[0] // 2, PLACE[1] // 2, PART[0] - 1, PART[1] - 1, 100)
    frame = riff(b"ANMF", place + b"\x02" + picture)
    head = riff(b"VP8X", bytes((flags, 0, 0, 0)) + little(CANVAS[0] - 1, CANVAS[1] - 1))
    return riff(b"RIFF", b"WEBP" + head + riff(b"ANIM", b"\xff" * 4 + b"\0\0") + frame * 2)


@pytest.mark.parametrize(
    "data",
    [
        part_of_a_gif(),
        part_of_a_gif(transparency=1),
        part_of_a_gif(background=1),
        part_of_a_webp(0x12),
        part_of_a_webp(0x02),
    ],
    ids=["GIF", "GIF with transparency", "GIF with a background", "WebP with alpha", "WebP"],
)
def test_a_first_frame_that_covers_a_part_stands_in_its_place(data: bytes, make: Make) -> None:
    picture = make(data)
    assert (picture.width, picture.height) == CANVAS
    with Image.open(picture.renditions[2].path) as made:
        seen = made.convert("RGBA")
    assert seen.getpixel((45, 25)) == pytest.approx((*RED, 255), abs=6)
    around = [(0, 0), (29, 25), (50, 25), (40, 19), (40, 30), (59, 39)]
    assert [seen.getpixel(at)[3] for at in around] == [0] * 6  # type: ignore[index]


def test_the_still_of_an_animated_png_is_shown(make: Make) -> None:
    """Its default image is what a decoder shows that knows no animation (PNG 3, §11.3.6)."""
    frames = [Image.new("RGB", CANVAS, color) for color in ("blue", "lime")]
    data = encoded(quarters(*CANVAS), "PNG", save_all=True, append_images=frames,
                   default_image=True)  # fmt: skip
    with Image.open(make(data).renditions[2].path) as made:
        assert difference(made, quarters(*CANVAS)) == (0, 0)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP"])
@pytest.mark.parametrize("disposal", [0, 1, 2])
def test_disposal_of_later_frames_does_not_touch_the_first(
    disposal: int, file_format: str, make: Make
) -> None:
    clear = Image.new("RGBA", CANVAS)
    options = {"lossless": True} if file_format == "WEBP" else {"disposal": disposal}
    first = quarters(*CANVAS).convert("RGBA")
    first.paste((0, 0, 0, 0), (0, 0, 10, 10))
    data = encoded(first, file_format, save_all=True, append_images=[clear], duration=9, **options)
    with Image.open(make(data).renditions[2].path) as made:
        assert difference(made, by_vips(data))[0] <= (1 if file_format == "GIF" else 6)


def test_a_gif_needs_all_its_frames_but_no_trailer(make: Make, refuse: Refuse) -> None:
    frames = [quarters(*CANVAS), Image.new("RGB", CANVAS, "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert make(data[:-1]).width == 60
    assert refuse(data[:-3]).reason == "truncated"


def test_comments_without_end_are_too_large(refuse: Refuse) -> None:
    data = encoded(quarters(*CANVAS), "GIF")
    block = b"!\xfe" + (b"\xff" + b"a" * 255) * 5000 + b"\0"
    frame = data.index(b",\0\0\0\0")
    assert refuse(data[:frame] + block + data[frame:]).reason == "too_large"


def test_an_animated_avif_gives_its_first_frame(make: Make) -> None:
    frames = [quarters(*CANVAS), Image.new("RGB", CANVAS, "blue")]
    data = encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:], quality=95)
    with Image.open(make(data).renditions[2].path) as made:
        assert difference(made, frames[0])[0] <= 9
