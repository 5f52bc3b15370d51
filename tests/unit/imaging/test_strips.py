"""A large PNG is decoded in strips: it must look the same, and be refused for the same reasons."""

import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import chunk, encoded, noise, oriented, png, quarters
from worker.imaging import strips
from worker.imaging.color import to_plain_mode
from worker.imaging.pipeline import Recipe

PEAK = """
import sys
from io import BytesIO
from worker.imaging.pipeline import Recipe, run
with open(sys.argv[1], "rb") as file:
    print(run(file, [BytesIO(), BytesIO(), BytesIO()], Recipe()).width)
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@pytest.fixture
def at_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode small pictures in strips too, of a few rows."""
    monkeypatch.setattr(strips, "LARGE_PIXELS", 1)
    monkeypatch.setattr(strips, "STRIP_BYTES", 3000)


def in_strips(data: bytes, largest_px: int) -> Image.Image:
    file = BytesIO(data)
    with Image.open(file) as picture:
        shrunk = strips.shrunk_in_strips(picture, file, largest_px)
    assert shrunk is not None
    return shrunk


def every_filter(width: int, height: int) -> bytes:
    """Make a PNG of noise whose rows use all five filters in turn."""
    row = noise(width * 3, 1, mode="L").tobytes()
    return png(width, height, b"".join(bytes([y % 5]) + row for y in range(height)))


@pytest.mark.usefixtures("at_any_size")
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("size", [(97, 61), (301, 7), (1, 50), (50, 1)])
def test_strips_hold_what_the_whole_holds(mode: str, size: tuple[int, int]) -> None:
    data = encoded(noise(*size, mode="RGBA").convert(mode), "PNG")
    with Image.open(BytesIO(data)) as whole:
        expected = to_plain_mode(whole)
        made = in_strips(data, 301)
        assert (made.mode, made.size) == (expected.mode, expected.size)
        assert made.tobytes() == expected.tobytes()


@pytest.mark.usefixtures("at_any_size")
def test_every_filter_is_undone_across_the_borders_of_strips() -> None:
    data = every_filter(83, 64)
    with Image.open(BytesIO(data)) as whole:
        assert in_strips(data, 83).tobytes() == whole.tobytes()


@pytest.mark.usefixtures("at_any_size")
@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_transparent_colors_come_through(mode: str) -> None:
    picture = quarters(40, 40).convert(mode)
    key = picture.getpixel((0, 0))
    data = encoded(picture, "PNG", transparency=key)
    with Image.open(BytesIO(data)) as whole:
        assert in_strips(data, 40).tobytes() == to_plain_mode(whole).tobytes()


@pytest.mark.usefixtures("at_any_size")
def test_strips_are_shrunk_to_no_less_than_twice_the_largest_thumbnail() -> None:
    shrunk = in_strips(encoded(quarters(1001, 700), "PNG"), 100)
    assert shrunk.size == (201, 140)
    for at, color in (((5, 5), (0, 0)), ((195, 5), (900, 0)), ((195, 135), (900, 650))):
        assert shrunk.getpixel(at) == quarters(1001, 700).getpixel(color)


@pytest.mark.usefixtures("at_any_size")
def test_hidden_colors_do_not_bleed_into_the_edges() -> None:
    picture = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 201, 400))
    shrunk = in_strips(encoded(picture, "PNG"), 50)
    assert all(
        pixel[2] == 255 for pixel in zip(*[iter(shrunk.tobytes())] * 4, strict=True) if pixel[3]
    )


@pytest.mark.usefixtures("at_any_size")
def test_missing_scanlines_are_told(refuse: Refuse) -> None:
    scanlines = b"".join(b"\0" + noise(300, 1, seed=y).tobytes() for y in range(150))
    assert refuse(png(300, 200, scanlines)).reason == "truncated"


@pytest.mark.usefixtures("at_any_size")
def test_damaged_data_are_told(refuse: Refuse) -> None:
    good = png(300, 200, (b"\0" + bytes(900)) * 200)
    unknown_filter = png(300, 200, (b"\x09" + bytes(900)) * 200)
    head = good[: good.index(b"IDAT") - 4]
    no_stream = head + chunk(b"IDAT", zlib.compress(b"x" * 999)[3:]) + chunk(b"IEND", b"")
    assert [refuse(data).reason for data in (unknown_filter, no_stream)] == ["corrupt", "corrupt"]


@pytest.mark.usefixtures("at_any_size")
def test_what_cannot_come_in_strips_is_decoded_whole(make: Make) -> None:
    data = encoded(quarters(300, 200).convert("1"), "PNG")
    assert make(data, Recipe((20, 40, 60))).renditions[2].width == 60


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_hundred_million_pixels_need_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    file.write_bytes(png(10_000, 10_000, (b"\0" + b"\x7f" * 30_000) * 10_000))
    done = subprocess.run([sys.executable, "-c", PEAK, file], capture_output=True, check=True)
    width, peak_kib = map(int, done.stdout.split())
    assert width == 10_000
    assert peak_kib < 350 * 1024


@pytest.mark.usefixtures("at_any_size")
def test_a_png_is_turned_by_exif_that_comes_after_its_pixels(make: Make) -> None:
    data = encoded(quarters(300, 200), "PNG")
    late = chunk(b"eXIf", oriented(6).tobytes().removeprefix(b"Exif\0\0"))
    end = data.index(b"IEND") - 4
    picture = make(data[:end] + late + data[end:])
    assert (picture.width, picture.height) == (200, 300)
