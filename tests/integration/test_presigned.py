"""Uploads past the API: announced, sent to S3 with a signed URL, completed, processed."""

import hashlib
from typing import Any

from aiohttp import ClientResponse
from yarl import URL

from tests.client import Answer, Client, assert_problem, path_to, picture
from worker.settings import Parts

DATA = picture()


async def announce(client: Client, reference: str = "a.jpg", **members: Any) -> Answer:
    body = {"reference": reference, "sizeInBytes": len(DATA), **members}
    return await client.call("POST", "/images", json=body)


async def send(client: Client, upload: dict[str, Any], data: bytes = DATA) -> int:
    response: ClientResponse
    url = URL(upload["url"], encoded=True)
    async with client.service.session.request(upload["method"], url, data=data) as response:
        return response.status


async def complete(client: Client, reference: str = "a.jpg", **kwargs: Any) -> Answer:
    return await client.call("POST", path_to(reference) + "/complete", **kwargs)


async def test_an_image_arrives_past_the_api(client: Client, parts: Parts) -> None:
    answer = await announce(client, tags=["new"])
    assert answer.status == 201, answer.body
    assert answer.json["status"] == "Vd"
    assert answer.json["originalUrl"] is None
    assert answer.headers["Location"] == path_to("a.jpg")
    assert await send(client, answer.json["upload"]) == 200
    completed = await complete(client)
    assert completed.status == 202, completed.body
    assert completed.json["status"] == "Up"
    row = await client.process(parts, "a.jpg")
    assert row.status == "Ok", (row.status_reason, row.status_detail)
    assert row.tags == ("new",)
    assert row.sha256 == hashlib.sha256(DATA).digest()
    shown = await client.get("a.jpg")
    assert (await client.cdn(shown.json["originalUrl"])).body == DATA


async def test_nothing_arrived_says_so(client: Client) -> None:
    assert (await announce(client)).status == 201
    refused = await complete(client)
    assert_problem(refused, 409, "conflict")
    assert "Nothing has arrived" in refused.json["detail"]
