"""The square: made and served with the other thumbnails, on request, and gone with them."""

import io

from PIL import Image as Pillow

from tests.bucket import Bucket
from tests.client import DOCUMENT_FIELDS, Client, path_to, picture
from worker.settings import Parts

SQUARE = "?$select=thumbnailSquareUrl,status"


async def square_of(client: Client) -> Pillow.Image:
    """Fetch the square of the image as the CDN serves it."""
    url = (await client.get("a.jpg", SQUARE)).json["thumbnailSquareUrl"]
    answer = await client.cdn(url)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    return Pillow.open(io.BytesIO(answer.body))


async def test_the_square_is_served_on_request(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", picture(900, 600))
    assert (await client.get("a.jpg", SQUARE)).json["thumbnailSquareUrl"] is None
    row = await client.process(parts, "a.jpg")
    assert list((await client.get("a.jpg")).json) == DOCUMENT_FIELDS
    assert row.thumbnail_square_key is not None
    assert row.thumbnail_square_key.endswith("/1.1/a_THS.jpg")
    assert (await square_of(client)).size == (400, 400)


async def test_another_gravity_is_another_square(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put_ok(parts, "a.jpg", picture(300, 900))
    center = (await square_of(client)).tobytes()
    changed = await client.call("PATCH", path_to("a.jpg"), json={"gravity": "south"})
    assert changed.status == 200
    if changed.json["status"] == "Ok":
        await client.call("POST", path_to("a.jpg") + "/reprocess")
    row = await client.process(parts, "a.jpg")
    south = await square_of(client)
    assert south.size == (300, 300)
    assert south.tobytes() != center
    assert row.thumbnail_square_key in await bucket.keys()


async def test_the_square_goes_with_the_image(client: Client, parts: Parts, bucket: Bucket) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    url = (await client.get("a.jpg", SQUARE)).json["thumbnailSquareUrl"]
    assert (await client.delete("a.jpg", "?purge=true")).status == 204
    await parts.sweeper.delete_due()
    assert (await client.cdn(url)).status == 404
    assert row.thumbnail_square_key not in await bucket.keys()
