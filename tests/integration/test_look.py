"""What an image looks like in a few bytes: known once it is Ok, on request, and found by."""

import io
from base64 import b64decode
from urllib.parse import quote

from PIL import Image as Pillow

from tests.client import DOCUMENT_FIELDS, Client
from worker.settings import Parts

LOOK = "?$select=status,placeholder,dominantColor"


def _plain(color: str) -> bytes:
    data = io.BytesIO()
    Pillow.new("RGB", (300, 200), color).save(data, "PNG")
    return data.getvalue()


async def _found(client: Client, filter_: str) -> list[str]:
    answer = await client.call("GET", "/images?$select=reference&$filter=" + quote(filter_))
    assert answer.status == 200
    return [row["reference"] for row in answer.json["value"]]


async def test_color_and_placeholder_are_null_until_the_picture_is_read(
    client: Client, parts: Parts
) -> None:
    await client.put("a.png", _plain("#204060"))
    before = (await client.get("a.png", LOOK)).json
    assert before == {"status": "Up", "placeholder": None, "dominantColor": None}
    row = await client.process(parts, "a.png")
    after = (await client.get("a.png", LOOK)).json
    assert (after["status"], after["dominantColor"]) == ("Ok", "#204060")
    assert 5 <= len(b64decode(after["placeholder"], validate=True)) <= 25
    assert row.perceptual_hash is not None
    assert list((await client.get("a.png")).json) == DOCUMENT_FIELDS


async def test_images_are_found_by_their_color(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "blue.png", _plain("#204060"))
    await client.put_ok(parts, "red.png", _plain("#c01010"))
    await client.put("unread.png", _plain("#204060"))
    assert await _found(client, "dominantColor eq '#204060'") == ["blue.png"]
    assert await _found(client, "startswith(dominantColor,'#c0')") == ["red.png"]
    assert await _found(client, "dominantColor eq null") == ["unread.png"]


async def test_the_look_switches_with_the_picture(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.png", _plain("#204060"))
    await client.put("a.png", _plain("#c01010"))
    assert (await client.get("a.png", LOOK)).json["dominantColor"] == "#204060"
    await client.process(parts, "a.png")
    assert (await client.get("a.png", LOOK)).json["dominantColor"] == "#c01010"
    red = (await client.get("a.png", LOOK)).json
    assert (red["status"], red["dominantColor"]) == ("Ok", "#c01010")
    await client.put("a.png", b"no picture")
    await client.process(parts, "a.png")
    assert (await client.get("a.png", LOOK)).json == red | {"status": "Er"}
