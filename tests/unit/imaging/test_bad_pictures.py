"""What cannot be a picture is refused with a reason, and before it costs anything."""

import resource
import struct
import zlib
from contextlib import suppress
from random import Random

import pytest
from PIL import Image

from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import chunk, encoded, noise, png
from worker.imaging.pipeline import BadPicture, Recipe

PICTURES = {
    "jpg": encoded(noise(300, 200), "JPEG", quality=90),
    "progressive": encoded(noise(300, 200), "JPEG", progressive=True),
    "png": encoded(noise(300, 200), "PNG"),
    "gif": encoded(noise(300, 200), "GIF"),
    "webp": encoded(noise(300, 200), "WEBP"),
    "lossless": encoded(noise(300, 200), "WEBP", lossless=True),
    "tiff": encoded(noise(300, 200), "TIFF"),
    "lzw": encoded(noise(300, 200), "TIFF", compression="tiff_lzw"),
    "bmp": encoded(noise(300, 200), "BMP"),
    "avif": encoded(noise(300, 200), "AVIF"),
    "heic": encoded(noise(300, 200), "HEIF"),
    "jp2": encoded(noise(300, 200), "JPEG2000"),
    "codestream": encoded(noise(300, 200), "JPEG2000", no_jp2=True),
    "ico": encoded(noise(300, 200), "ICO", sizes=[(256, 171)]),
}
MUCH = zlib.compress(b"a" * 50_000_000, 9)
SCANLINES = b"\0" * (1 + 3 * 30) * 20


@pytest.mark.parametrize(
    ("data", "file_type"),
    [
        (b"", None),
        (b"a text, not a picture", None),
        (Random(1).randbytes(5000), None),
        (b"<!doctype html><html><svg></svg></html>", None),
        (b"<!-- <svg> --><rss></rss>", None),
        (encoded(noise(9, 9), "PDF"), "pdf"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "mp4"),
        (b"8BPS" + b"\0" * 60, "psd"),
        (b"PK\x03\x04" + b"\0" * 60, "zip"),
    ],
)
def test_other_files_are_an_unsupported_format(
    data: bytes, file_type: str | None, refuse: Refuse
) -> None:
    bad = refuse(data)
    assert (bad.reason, bad.file_type) == ("unsupported_format", file_type)
    assert file_type is None or file_type in bad.detail


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_truncated(kind: str, share: float, refuse: Refuse) -> None:
    data = PICTURES[kind]
    assert refuse(data[: int(len(data) * share)]).reason == "truncated"


@pytest.mark.parametrize("kind", ["png", "gif", "lzw", "ico"])
def test_damage_in_the_middle_is_corrupt(kind: str, refuse: Refuse) -> None:
    data = bytearray(PICTURES[kind])
    middle = len(data) // 2
    data[middle : middle + 2000] = Random(5).randbytes(2000)
    assert refuse(bytes(data)).reason == "corrupt"


@pytest.mark.parametrize("kind", PICTURES)
def test_bytes_behind_the_picture_do_not_matter(kind: str, make: Make) -> None:
    assert make(PICTURES[kind] + b"and more" * 1000).width == (256 if kind == "ico" else 300)


def test_a_png_that_went_through_a_text_transfer_is_corrupt(refuse: Refuse) -> None:
    assert refuse(PICTURES["png"].replace(b"\r\n", b"\n")).reason == "corrupt"


@pytest.mark.parametrize("rows", [0, 1, 10, 19])
@pytest.mark.parametrize("fill", [b"\0", b"\x7f"])
def test_a_png_without_all_its_scanlines_is_truncated(
    rows: int, fill: bytes, refuse: Refuse
) -> None:
    lines = (b"\0" + fill * 90) * rows
    assert refuse(png(30, 20, lines)).reason in (
        {"truncated"} if rows else {"truncated", "corrupt"}
    )


def test_a_black_png_has_all_its_scanlines(make: Make) -> None:
    assert make(png(30, 20, SCANLINES)).width == 30
    interlaced = encoded(Image.new("RGBA", (31, 21)), "PNG")
    assert make(interlaced).width == 31


def claiming(kind: str, width: int, height: int) -> bytes:
    """Change what the header of a small picture says of its size."""
    data = bytearray(PICTURES[kind])
    if kind == "png":
        body = struct.pack(">II", width, height) + data[24:29]
        data[8:33] = chunk(b"IHDR", body)
    elif kind == "gif":
        data[6:10] = struct.pack("<HH", width, height)
    else:
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
def test_a_header_that_claims_too_much_is_refused_before_decoding(
    kind: str, refuse: Refuse
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bad = refuse(claiming(kind, 60000, 60000))
    assert bad.reason == "too_many_pixels"
    assert "3600 million" in bad.detail
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_the_limit_of_pixels_is_exact(make: Make, refuse: Refuse) -> None:
    data = PICTURES["png"]
    assert make(data, Recipe(max_pixels=300 * 200)).width == 300
    assert refuse(data, Recipe(max_pixels=300 * 200 - 1)).reason == "too_many_pixels"


def test_a_picture_without_an_area_is_corrupt(refuse: Refuse) -> None:
    assert refuse(png(0, 20, b"")).reason == "corrupt"
    assert refuse(claiming("jpg", 300, 0)).reason == "corrupt"


def test_frames_are_limited(make: Make, refuse: Refuse) -> None:
    frames = [noise(8, 8, seed=seed) for seed in range(12)]
    for file_format in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], file_format, save_all=True, append_images=frames[1:])
        assert make(data, Recipe(max_frames=12)).width == 8
        assert refuse(data, Recipe(max_frames=11)).reason == "too_many_frames"


@pytest.mark.parametrize(
    "bomb",
    [
        chunk(b"zTXt", b"k\0\0" + MUCH),
        chunk(b"iTXt", b"k\0\1\0\0\0" + MUCH),
        chunk(b"iCCP", b"k\0\0" + MUCH),
    ],
    ids=["zTXt", "iTXt", "iCCP"],
)
def test_text_and_profiles_that_unpack_to_much_are_too_large(bomb: bytes, refuse: Refuse) -> None:
    assert refuse(png(30, 20, SCANLINES, before_data=[bomb])).reason == "too_large"


def test_a_broken_profile_is_ignored(make: Make) -> None:
    broken = chunk(b"iCCP", b"k\0\0not compressed at all")
    assert make(png(30, 20, SCANLINES, before_data=[broken])).width == 30


@pytest.mark.parametrize("kind", PICTURES)
def test_whatever_is_flipped_there_is_an_answer(kind: str, make: Make) -> None:
    random = Random(7)
    for _ in range(40):
        data = bytearray(PICTURES[kind])
        for _ in range(random.randint(1, 20)):
            data[random.randrange(min(len(data), 800))] = random.randrange(256)
        with suppress(BadPicture):
            make(bytes(data), Recipe((10, 20, 30)))


def test_a_picture_of_endless_scans_is_refused_before_it_is_decoded(refuse: Refuse) -> None:
    data = PICTURES["progressive"]
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    assert refuse(data[:-2] + last_scan * 300 + data[-2:]).reason == "too_large"
