"""SVG: drawn as browsers do, out of nothing but itself, within bounds."""

import base64
from pathlib import Path

import pytest
from PIL import Image

from shared.domain.image import ThumbnailFormat
from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.drawing import BLUE, GREEN, RED, YELLOW, encoded, quarters
from tests.unit.imaging.vips import by_vips
from worker.imaging.pipeline import Picture, Recipe

FILLED = '<rect width="100%" height="100%" fill="blue"/>'
LINK = "http://www.w3.org/1999/xlink"


def svg(
    body: str = FILLED, attributes: str = 'width="300" height="200"', before: str = ""
) -> bytes:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="{LINK}" {attributes}>'
    return f"{before}{opening}{body}</svg>".encode()


def pixel(picture: Picture, x: float, y: float) -> tuple[int, ...]:
    """Return a pixel of the largest thumbnail; places are shares of its sides."""
    with Image.open(picture.renditions[2].path) as image:
        seen = image.convert("RGBA").getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(seen, tuple)
    return seen


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="300" height="200"', (300, 200)),
        ('width="300px" height="50mm"', (300, 189)),
        ('width="1in" height="72pt"', (96, 96)),
        ('viewBox="0 0 640 480"', (640, 480)),
        ('viewBox="0,0 640 480" width="100%" height="100%"', (640, 480)),
        ('viewBox="0 0 640 480" width="320"', (320, 240)),
        ('viewBox="0 0 640 480" height="240"', (320, 240)),
        ("", (300, 150)),
        ('width="6000" height="3000"', (6000, 3000)),
        ('width=".4" height="20"', (1, 20)),
    ],
)
def test_its_size_is_that_in_a_browser(attributes: str, size: tuple[int, int], make: Make) -> None:
    picture = make(svg(attributes=attributes))
    assert (picture.file_type, picture.content_type) == ("svg", "image/svg+xml")
    assert (picture.width, picture.height) == size
    assert max(picture.renditions[2].width, picture.renditions[2].height) == min(1200, max(size))
    assert pixel(picture, 0.5, 0.5) == pytest.approx((0, 0, 255, 255), abs=3)


def test_it_is_drawn_as_another_renderer_draws_it(make: Make) -> None:
    shapes = "".join(
        f'<rect x="{x}" y="{y}" width="150" height="100" fill="rgb{color}"/>'
        for (x, y), color in zip(
            [(0, 0), (150, 0), (0, 100), (150, 100)], [RED, GREEN, BLUE, YELLOW], strict=True
        )
    )
    data = svg(shapes + '<circle cx="150" cy="100" r="50" opacity="0.5"/>')
    picture = make(data, Recipe(thumbnails=ThumbnailFormat.WEBP, quality=95))
    other = by_vips(data)
    for x, y in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9), (0.45, 0.45), (0.55, 0.55)):
        expected = other.getpixel((int(300 * x), int(200 * y)))
        assert pixel(picture, x, y) == pytest.approx(expected, abs=6)


def test_what_is_not_drawn_is_transparent(make: Make) -> None:
    picture = make(svg('<rect width="150" height="200" fill="red"/>'))
    assert picture.renditions[0].extension == "png"
    assert pixel(picture, 0.25, 0.5) == (255, 0, 0, 255)
    assert pixel(picture, 0.75, 0.5)[3] == 0


def test_text_is_drawn_the_same_everywhere(make: Make) -> None:
    body = '<rect width="300" height="200" fill="white"/><text y="150" font-size="150">{}</text>'
    for word in ("HHH", "ЖЖЖ", "ΩΩΩ", "ßÄÇ"):
        with Image.open(make(svg(body.format(word))).renditions[2].path) as image:
            histogram = image.convert("L").histogram()
        assert sum(histogram[:64]) > 3000


def test_pictures_within_it_are_drawn(make: Make) -> None:
    data = base64.b64encode(encoded(quarters(30, 20), "PNG")).decode()
    body = f'<image href="data:image/png;base64,{data}" width="300" height="200"/>'
    assert pixel(make(svg(body)), 0.1, 0.1)[:3] == pytest.approx(RED, abs=5)


@pytest.mark.parametrize(
    "body",
    [
        '<image href="{path}" width="300" height="200"/>',
        '<image xlink:href="{path}" width="300" height="200"/>',
        '<image href="file://{path}" width="300" height="200"/>',
        '<image href="../../../../../../../../../..{path}" width="300" height="200"/>',
        (
            '<filter id="f"><feImage href="{path}"/></filter>'
            '<rect width="300" height="200" filter="url(#f)"/>'
        ),
        '<use href="{path}#a"/>',
        "<style>@import url({path}); rect {{ fill: url({path}) }}</style>",
        (
            '<image href="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22%3E'
            '%3Cimage href=%22{path}%22 width=%22300%22 height=%22200%22/%3E%3C/svg%3E"/>'
        ),
    ],
)
def test_nothing_outside_it_is_read(body: str, make: Make, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(encoded(Image.new("RGB", (300, 200), "red"), "PNG"))
    assert pixel(make(svg(body.format(path=outside))), 0.5, 0.5)[3] == 0


def test_entities_of_its_own_are_read_and_others_are_not(make: Make, refuse: Refuse) -> None:
    own = '<!DOCTYPE svg [<!ENTITY side "300">]>'
    assert make(svg(attributes='width="&side;" height="200"', before=own)).width == 300
    other = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    assert refuse(svg("<text>&a;</text>", before=other)).reason == "corrupt"


def bomb_of_entities() -> bytes:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return svg("<desc>&a9;</desc>", before=f'<!DOCTYPE svg [<!ENTITY a0 "aaaaaaaaaa">{lines}]>')


def bomb_of_uses() -> bytes:
    twice = "".join(
        f'<g id="u{n}"><use href="#u{n - 1}"/><use xlink:href="#u{n - 1}"/></g>'
        for n in range(1, 40)
    )
    return svg(f'<defs><path id="u0"/>{twice}</defs><use href="#u39"/>')


def bomb_of_masks() -> bytes:
    twice = "".join(
        f'<mask id="m{n}"><g mask="url(#m{n - 1})"/>'
        f'<g style="mask: url( &quot;#m{n - 1}&quot; )"/></mask>'
        for n in range(1, 40)
    )
    return svg(f'<mask id="m0"/>{twice}<rect width="9" height="9" mask="url(#m39)"/>')


def bomb_of_pixels(side: int) -> bytes:
    """Put a picture of few bytes and many pixels into a small drawing."""
    data = base64.b64encode(encoded(Image.new("L", (side, side)), "PNG")).decode()
    return svg(f'<image href="data:image/png;base64,{data}" width="9" height="9"/>')


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bomb_of_entities(), "corrupt"),
        (bomb_of_uses(), "too_large"),
        (bomb_of_masks(), "too_large"),
        (svg("".join(f'<use id="c{n}" href="#c{n + 1}"/>' for n in range(5000))), "too_large"),
        (bomb_of_pixels(8_000), "too_large"),
        (bomb_of_pixels(15_000), "too_many_pixels"),
        (svg("<g>" * 250 + "</g>" * 250), "too_large"),
        (svg("<g/>" * 100_000), "too_large"),
        (svg("<!--" + "-" * (16 << 20) + "-->"), "too_large"),
        (svg(attributes='width="1e9" height="1e9"'), "too_many_pixels"),
        (svg(attributes='width="1e999" height="9"'), "corrupt"),
        (svg(attributes='width="0" height="9"'), "corrupt"),
        (svg()[:-3], "truncated"),
        (svg("<g></rect>"), "corrupt"),
        (b"<svg><rect/></svg>", "corrupt"),
    ],
)
def test_bombs_and_nonsense_are_refused(data: bytes, reason: str, refuse: Refuse) -> None:
    bad = refuse(data)
    assert (bad.reason, bad.file_type) == (reason, "svg")


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
def test_a_drawing_may_be_in_utf_16(coding: str, make: Make) -> None:
    text = svg(FILLED, before='<?xml version="1.0" encoding="UTF-16"?>').decode()
    mark = b"" if coding == "utf-16" else b"\xfe\xff"
    picture = make(mark + text.encode(coding))
    assert (picture.file_type, picture.width) == ("svg", 300)
    assert pixel(picture, 0.5, 0.5) == pytest.approx((0, 0, 255, 255), abs=3)


def test_a_part_that_uses_itself_is_drawn_without_end_nowhere(make: Make) -> None:
    assert make(svg(f'{FILLED}<g id="a"><use href="#a"/></g>')).width == 300


def test_scripts_and_foreign_elements_do_nothing(make: Make) -> None:
    body = f"<script>while (true) {{}}</script><foreignObject><p>x</p></foreignObject>{FILLED}"
    assert pixel(make(svg(body)), 0.5, 0.5) == pytest.approx((0, 0, 255, 255), abs=3)
