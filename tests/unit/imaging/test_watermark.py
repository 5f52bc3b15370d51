"""A watermark is seen everywhere, on light and on dark, and changes nothing else of a picture."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from worker.imaging.model import Recipe
from worker.imaging.pipeline import make_thumbnails
from worker.imaging.watermark import mark, undrawable

TEXT = "© Fototeca <&> Ω Я"


def difference(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return how far each pixel moved, 0 to 255, whatever channel moved most."""
    moved = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    red, green, blue = moved.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


@pytest.mark.parametrize("shade", [0, 60, 128, 200, 255])
def test_it_is_seen_on_every_shade_and_in_every_quarter(shade: int) -> None:
    plain = Image.new("RGB", (600, 400), (shade, shade, shade))
    moved = difference(plain, mark(plain, TEXT))
    for left in (0, 300):
        for top in (0, 200):
            quarter = moved.crop((left, top, left + 300, top + 200))
            pixels = quarter.point(lambda v: 255 if v > 25 else 0).histogram()[255]
            assert pixels > 300 * 200 / 100


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(400, 267), (60, 1200), (1200, 9), (3, 2), (1, 1)])
def test_size_and_mode_stay(mode: str, size: tuple[int, int]) -> None:
    marked = mark(Image.new(mode, size), TEXT)
    assert (marked.mode, marked.size) == (mode, size)


def test_it_is_seen_where_a_picture_is_transparent() -> None:
    marked = mark(Image.new("RGBA", (300, 200), (0, 0, 0, 0)), TEXT)
    assert marked.getchannel("A").point(lambda v: 255 if v > 100 else 0).getbbox() is not None


@pytest.mark.parametrize("text", ["x", "Only for layout, do not publish. " * 3])
def test_short_and_long_texts_are_seen(text: str) -> None:
    plain = Image.new("RGB", (400, 267), (90, 120, 60))
    assert difference(plain, mark(plain, text)).getbbox() is not None


def test_what_the_font_lacks_is_named() -> None:
    assert undrawable(TEXT) == ""
    assert undrawable("a中b\u200bc") == "\u200b中"


def test_marked_copies_stand_beside_the_thumbnails(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.linear_gradient("L").resize((900, 600)).convert("RGB").save(source)
    (plain, marked) = (tmp_path / "plain", tmp_path / "marked")
    plain.mkdir()
    marked.mkdir()
    before = make_thumbnails(source, plain, Recipe())
    after = make_thumbnails(source, marked, Recipe(watermark=TEXT))
    made = {rendition.suffix: rendition for rendition in after.renditions}
    assert list(made) == ["TH", "THM", "THP", "THS", "WMM", "WMP"]
    for rendition in before.renditions:
        assert made[rendition.suffix].sha256 == rendition.sha256
    assert after.look == before.look
    for suffix, of in (("WMM", "THM"), ("WMP", "THP")):
        assert (made[suffix].width, made[suffix].height) == (made[of].width, made[of].height)
        with Image.open(made[suffix].path) as copy, Image.open(made[of].path) as original:
            assert difference(copy, original).getbbox() is not None
    assert "watermark" in after.step_ms
    assert "watermark" not in before.step_ms
