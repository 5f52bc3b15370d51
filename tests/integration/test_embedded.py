"""What a file says of its picture: served with it, searched, and kept from those who do not ask."""

from urllib.parse import quote

import pytest

from tests.client import DOCUMENT_FIELDS, Client, assert_problem, path_to
from tests.unit.imaging.embedding import alternatives, packet, photograph
from worker.settings import Parts

SELECT = "?$select=title,alt,caption,metadata,gps"
PLACE = "<exif:GPSLatitude>50,3.5N</exif:GPSLatitude><exif:GPSLongitude>19,56W</exif:GPSLongitude>"
CREATOR = "<dc:creator><rdf:Seq><rdf:li>Zoë Müller</rdf:li></rdf:Seq></dc:creator>"
GPS = {"latitude": 50.0583333, "longitude": -19.9333333}


def said(title: str, properties: str = "") -> bytes:
    """Make a photograph with a title in it."""
    title = alternatives("dc:title", x_default=title, de=f"{title} (de)")
    return photograph(xmp=packet(title + properties))


@pytest.fixture
async def harbour(client: Client, parts: Parts) -> Client:
    """A photograph that says a lot, processed."""
    await client.put_ok(parts, "a.jpg", said("Harbour", CREATOR + PLACE))
    return client


async def test_metadata_are_given_to_those_who_ask(harbour: Client) -> None:
    assert list((await harbour.get("a.jpg")).json) == DOCUMENT_FIELDS
    expected = {
        "title": "Harbour",
        "alt": None,
        "caption": None,
        "metadata": {
            "title": {"x-default": "Harbour", "de": "Harbour (de)"},
            "creator": ["Zoë Müller"],
        },
        "gps": GPS,
    }
    assert (await harbour.get("a.jpg", SELECT)).json == expected
    (row,) = (await harbour.call("GET", f"/images{SELECT}")).json["value"]
    assert row == expected


async def test_where_a_picture_was_taken_is_told_only_by_that_name(harbour: Client) -> None:
    answer = await harbour.get("a.jpg", "?$select=*,metadata,title")
    assert "50.05" not in answer.body.decode()
    assert "gps" not in answer.json["metadata"]
    assert (await harbour.get("a.jpg", "?$select=gps")).json == {"gps": GPS}


async def test_metadata_are_null_until_the_picture_is_read(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", photograph())
    unread = {"title": None, "alt": None, "caption": None, "metadata": None, "gps": None}
    assert (await client.get("a.jpg", SELECT)).json == unread
    await client.process(parts, "a.jpg")
    assert (await client.get("a.jpg", SELECT)).json == unread | {"metadata": {}}


async def test_a_file_fills_only_what_nobody_has_written(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", said("First"))
    await client.put_ok(parts, "a.jpg", said("Second"))
    assert (await client.get("a.jpg", SELECT)).json["title"] == "Second"
    await client.call("PATCH", path_to("a.jpg"), json={"title": "Ours"})
    await client.put_ok(parts, "a.jpg", said("Third"))
    told = (await client.get("a.jpg", SELECT)).json
    assert (told["title"], told["metadata"]["title"]["x-default"]) == ("Ours", "Third")


async def test_what_a_file_says_is_searched(harbour: Client) -> None:
    for text, found in (("zoe muller", 1), ("harbour", 1), ('"x default"', 0), ("50", 0)):
        answer = await harbour.call("GET", f"/images?$search={quote(text)}&$select=reference")
        assert len(answer.json["value"]) == found, text


async def test_metadata_are_nothing_to_filter_by(client: Client) -> None:
    for option, wanted in (("$filter", "metadata eq null"), ("$orderby", "gps")):
        answer = await client.call("GET", f"/images?{option}={quote(wanted)}")
        assert_problem(answer, 400, "validation", option)
