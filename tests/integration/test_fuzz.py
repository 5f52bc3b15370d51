"""Whatever a file holds, there is an answer: the parent lives, and no child passes its limits."""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from shared.scratch import Scratch
from tests.unit.imaging.drawing import encoded, noise, oriented
from tests.unit.imaging.profiles import DISPLAY_P3
from worker.imaging.decoders import BadPicture, DecoderFailed, Decoders, Limits, Recipe

pillow_heif.register_heif_opener()

MEMORY_BYTES = 1 << 30
PER_SEED = 20
KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "baseline": ("JPEG", "RGB", {"exif": oriented(6), "icc_profile": DISPLAY_P3.profile()}),
    "progressive": ("JPEG", "RGB", {"progressive": True}),
    "cmyk": ("JPEG", "CMYK", {}),
    "png": ("PNG", "RGBA", {"icc_profile": DISPLAY_P3.profile()}),
    "palette": ("PNG", "P", {"transparency": 3}),
    "gif": ("GIF", "P", {}),
    "webp": ("WEBP", "RGB", {}),
    "lossless": ("WEBP", "RGBA", {"lossless": True}),
    "tiff": ("TIFF", "RGB", {"exif": oriented(5)}),
    "lzw": ("TIFF", "RGBA", {"compression": "tiff_lzw"}),
    "fax": ("TIFF", "1", {"compression": "group4"}),
    "bmp": ("BMP", "RGB", {}),
    "avif": ("AVIF", "RGBA", {}),
    "heic": ("HEIF", "RGB", {"exif": oriented(6).tobytes()}),
    "jp2": ("JPEG2000", "RGB", {}),
    "ico": ("ICO", "RGBA", {"sizes": [(48, 32)]}),
}
SVG = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY w "300">]>
<svg xmlns="http://www.w3.org/2000/svg" width="&w;" height="200" viewBox="0 0 300 200">
<style>rect { fill: red }</style><filter id="f"><feGaussianBlur stdDeviation="3"/></filter>
<linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>
<g id="u"><path d="M0 0L30 30Q50 9 8 8z" fill="url(#g)"/></g><use href="#u" x="9"/>
<rect width="30%" height="20" filter="url(#f)"/><text x="9" y="60">Text</text></svg>"""


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    made = Decoders(slots=2, limits=Limits(MEMORY_BYTES, timeout_s=20, cpu_s=20))
    yield made
    await made.close()


def seed_of(kind: str) -> bytes:
    if kind == "svg":
        return SVG
    file_format, mode, options = KINDS[kind]
    return encoded(noise(120, 90, "RGBA").convert("RGB").convert(mode), file_format, **options)


def mutated(random: Random, data: bytes) -> bytes:
    """Change some bytes, most of them in the head; put a PNG's checksums right again."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(min(len(changed), random.choice((400, len(changed)))))
        match random.randrange(4):
            case 0:
                changed[at : at + 4] = random.choice((b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff"))
            case 1:
                changed[at:at] = changed[at : at + random.randrange(100)]
            case 2 if len(changed) > 200:
                del changed[at : at + random.randrange(100)]
            case _:
                changed[at] = random.randrange(256)
    return _with_checksums(changed) if data.startswith(b"\x89PNG") else bytes(changed)


def _with_checksums(data: bytearray) -> bytes:
    at = 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(data)


def address_space_bytes(pid: int) -> int:
    """Return the most that a process has ever mapped; 0 where it has ended, or not on Linux."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return int(lines.get("VmPeak", "0 kB").split()[0]) * 1024


async def answer(decoders: Decoders, source: Path, out: Path) -> str:
    """Make thumbnails, and say Ok or why not; there are three of them or none."""
    try:
        picture = await decoders.make_thumbnails(source, out, Recipe())
    except BadPicture as bad:
        assert names_in(out) == []
        return bad.reason
    assert names_in(out) == sorted(made.path.name for made in picture.renditions)
    return "Ok"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", [*KINDS, "svg"])
async def test_every_mutation_gets_an_answer_and_leaves_nothing(
    kind: str, decoders: Decoders, tmp_path: Path
) -> None:
    random, scratch, peak = Random(kind), Scratch(tmp_path), 0
    for _ in range(PER_SEED):
        async with scratch.folder() as folder:
            source, out = folder / "source", folder / "out"
            source.write_bytes(mutated(random, seed_of(kind)))
            out.mkdir()
            assert await answer(decoders, source, out) != "crashed"
        peak = max(peak, *map(address_space_bytes, decoders.pids), 0)
    assert peak <= MEMORY_BYTES
    assert peak > 0 or sys.platform != "linux"
    scratch.close()
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("file_format", "options"),
    [("AVIF", {"speed": 10}), ("HEIF", {"quality": 10}), ("JPEG2000", {}), ("TIFF", {})],
)
async def test_a_format_of_any_kind_that_wants_too_much_memory_is_too_large(
    file_format: str, options: dict[str, int], tmp_path: Path
) -> None:
    decoders = Decoders(slots=1, limits=Limits(160 << 20, timeout_s=60, cpu_s=60))
    source = tmp_path / "source"
    data = encoded(Image.new("RGB", (5_000, 5_000)), file_format, **options)
    await asyncio.to_thread(source.write_bytes, data)
    with pytest.raises(DecoderFailed) as caught:
        await decoders.make_thumbnails(source, tmp_path, Recipe())
    await decoders.close()
    assert caught.value.reason == "too_large"
    assert names_in(tmp_path) == ["source"]
