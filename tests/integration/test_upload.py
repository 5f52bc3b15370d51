"""An upload's promise: 2xx means stored, and Ok or Er in the end."""

from tests.client import DOCUMENT_FIELDS, URL_FIELDS, Client, picture
from worker.settings import Parts


async def test_put_creates_then_worker_makes_three_thumbnails(client: Client, parts: Parts) -> None:
    data = picture(1600, 900)
    created = await client.put("a.jpg", data)
    assert created.status == 201
    assert created.json["status"] == "Up"
    assert list(created.json) == DOCUMENT_FIELDS
    await client.process(parts, "a.jpg")
    shown = (await client.get("a.jpg")).json
    assert list(shown) == DOCUMENT_FIELDS
    assert (shown["status"], shown["fileType"]) == ("Ok", "jpg")
    assert (shown["width"], shown["height"], shown["sizeInBytes"]) == (1600, 900, len(data))
    for field in URL_FIELDS:
        answer = await client.cdn(shown[field])
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
    assert (await client.cdn(shown["originalUrl"])).body == data
