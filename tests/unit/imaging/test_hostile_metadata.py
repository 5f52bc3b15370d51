"""Old charsets, nonsense and bombs: what can be read is read, and no picture fails for it."""

import struct
import zlib

import pytest

from shared.domain.metadata import MAX_CHARACTERS
from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import chunk, encoded, noise
from tests.unit.imaging.embedding import (
    alternatives,
    dataset,
    described,
    packet,
    photograph,
    with_iim,
)

CITY = 90


@pytest.mark.parametrize(
    ("escape", "charset", "city"),
    [
        (b"\x1b%G", "utf-8", "Kraków"),
        (b"", "utf-8", "Kraków"),
        (b"", "latin-1", "Kraków"),
        (b"\x1b.A", "latin-1", "Kraków"),
        (b"\x1b-B", "iso8859-2", "Łódź"),
        (b"\x1b/L", "iso8859-5", "Київ"),
        (b"\x1b-F", "iso8859-7", "Αθήνα"),
        (b"\x1b-?", "latin-1", "Kraków"),
    ],
)
def test_iim_is_read_in_the_charset_it_tells_or_seems_to_have(
    escape: bytes, charset: str, city: str, make: Make
) -> None:
    data = dataset(CITY, escape, 1) if escape else b""
    data += dataset(CITY, city.encode(charset))
    assert make(with_iim(photograph(), data)).metadata == {"city": city}


def test_windows_letters_in_old_exif_are_read(make: Make) -> None:
    data = photograph(exif=described("“Gdańsk” zażółć".encode("cp1250")))
    assert make(data).metadata["caption"]["x-default"].startswith("“Gda")
    told = make(photograph(exif=described("Zażółć".encode()))).metadata
    assert told == {"caption": {"x-default": "Zażółć"}}


def test_the_first_language_is_the_default_where_none_is_called_so(make: Make) -> None:
    texts = alternatives("dc:title", pl="Łódź", de="Boot")
    told = make(photograph(xmp=packet(texts))).metadata
    assert told == {"title": {"x-default": "Łódź", "pl": "Łódź", "de": "Boot"}}


def test_what_cameras_write_is_no_caption(make: Make) -> None:
    exif = described(b"OLYMPUS DIGITAL CAMERA         ")
    assert make(photograph(exif=exif)).metadata == {}
    own = packet(alternatives("dc:description", x_default="A harbour"))
    assert make(photograph(exif=exif, xmp=own)).metadata["caption"] == {"x-default": "A harbour"}


def test_control_characters_are_left_out(make: Make) -> None:
    data = dataset(CITY, b"\0Kra\x07k\xc3\xb3w\r\n\x1b") + dataset(120, b"one\r\ntwo\rthree")
    told = make(with_iim(photograph(), data)).metadata
    assert told == {"city": "Kraków", "caption": {"x-default": "one\ntwo\nthree"}}


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
TITLE = alternatives("dc:title", x_default="Title")


@pytest.mark.parametrize(
    "xmp",
    [
        packet(alternatives("dc:title", x_default="&b;"), before=BOMB),
        packet(TITLE, before='<!DOCTYPE x SYSTEM "file:///etc/hostname">'),
        packet("<dc:a>" * 100 + "</dc:a>" * 100 + TITLE),
        packet(TITLE)[:-5],
        packet("<dc:a/>" * 60_000 + TITLE),
        packet(TITLE + "<!--" + "-" * (4 << 20) + "-->"),
        b"\xff\xfe\0",
        b"",
    ],
    ids=["entities", "outside", "deep", "cut off", "many", "long", "nonsense", "nothing"],
)
def test_xmp_that_is_no_such_thing_is_left_out(xmp: bytes, make: Make) -> None:
    data = encoded(noise(60, 40), "WEBP", xmp=xmp)
    picture = make(data)
    assert (picture.width, picture.metadata) == (60, {})


def test_xmp_may_be_in_utf_16_or_behind_the_pixels(make: Make) -> None:
    data = encoded(noise(60, 40), "WEBP", xmp=packet(TITLE).decode().encode("utf-16"))
    assert make(data).metadata == {"title": {"x-default": "Title"}}
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet(TITLE))
    png = encoded(noise(60, 40), "PNG")
    assert make(png[:-12] + text + png[-12:]).metadata == {"title": {"x-default": "Title"}}


def test_xmp_may_be_in_a_drawing_or_where_imagemagick_puts_it(make: Make) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><desc>%s</desc></svg>'
    assert make(svg % packet(TITLE)).metadata == {"title": {"x-default": "Title"}}
    profile = b"\nxmp\n%8d\n%s\n" % (len(packet(TITLE)), packet(TITLE).hex().encode())
    text = chunk(b"zTXt", b"Raw profile type xmp\0\0" + zlib.compress(profile))
    png = encoded(noise(60, 40), "PNG")
    assert make(png[:33] + text + png[33:]).metadata == {"title": {"x-default": "Title"}}


def test_no_text_takes_long_to_read(make: Make) -> None:
    pile = alternatives("dc:title", x_default="a" + "\u0300\u0323" * 400_000)
    xmp = packet(pile + " " * 1_000_000)
    told = make(encoded(noise(60, 40), "WEBP", xmp=xmp)).metadata
    assert told["title"] == {"x-default": "\u1ea1" + "\u0323" * 14 + "\u0300" * 15}


def test_no_record_is_longer_than_one_may_be(make: Make) -> None:
    items = "".join(f"<rdf:li>{n:0600}</rdf:li>" for n in range(2000))
    texts = {f"l{n}": "long " * 3000 for n in range(99)}
    xmp = packet(
        f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>{alternatives('dc:rights', **texts)}"
        f"{alternatives('dc:title', x_default='t' * 20_000)}<photoshop:City>Łódź</photoshop:City>"
    )
    told = make(encoded(noise(60, 40), "WEBP", xmp=xmp)).metadata
    assert len(told["title"]["x-default"]) == 10_000
    assert told["city"] == "Łódź"
    assert len(str(told)) < MAX_CHARACTERS + 1000


def test_damaged_blocks_are_left_out(make: Make) -> None:
    city = dataset(CITY, b"Oslo")
    damaged = city + b"\x1c\x02\x5a\xff\xff" + dataset(120, b"gone")
    assert make(with_iim(photograph(), damaged)).metadata == {"city": "Oslo"}
    cut = dataset(CITY, b"\x1b%G", 1) + dataset(CITY, "Łódź".encode()[:-1])
    assert make(with_iim(photograph(), cut)).metadata == {"city": "Łód"}
    for exif in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        assert make(photograph(exif=exif)).metadata == {}


def test_a_block_that_is_split_over_segments_is_read_whole(make: Make) -> None:
    words = [f"{number:060}" for number in range(1200)]
    told = b"".join(dataset(25, word.encode()) for word in words) + dataset(CITY, b"Oslo")
    made = make(with_iim(photograph(), told)).metadata
    assert (made["city"], made["keywords"]) == ("Oslo", words[:500])


def test_xmp_that_goes_on_in_other_segments_is_read_whole(make: Make) -> None:
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    first = packet(
        f"<photoshop:City>Oslo</photoshop:City><photoshop:Urgency>{guid.decode()}"
        "</photoshop:Urgency>"
    )
    more = packet(
        alternatives("dc:title", x_default="Boats") + "<photoshop:City>No</photoshop:City>"
    )
    jpeg = photograph(xmp=first)
    for at in (0, 200):  # the later portion comes first
        portion = more[:200] if at == 0 else more[200:]
        jpeg = with_segment(jpeg, guid + struct.pack(">II", len(more), at) + portion)
    assert make(jpeg).metadata == {"city": "Oslo", "title": {"x-default": "Boats"}}
    damaged = with_segment(photograph(xmp=first), guid + bytes(8) + b"<x")
    assert make(damaged).metadata == {"city": "Oslo"}


def with_segment(jpeg: bytes, portion: bytes) -> bytes:
    """Put a portion of XMP into a JPEG."""
    body = b"http://ns.adobe.com/xmp/extension/\0" + portion
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def test_a_damaged_block_leaves_the_pixels_and_the_exif_of_a_png(make: Make) -> None:
    png = encoded(noise(60, 40), "PNG", exif=described(b"Boats"))
    damaged = chunk(b"tEXt", b"Raw profile type iptc\0\niptc\n 5\nzz\xff")
    assert make(png[:33] + damaged + png[33:]).metadata == {"caption": {"x-default": "Boats"}}
