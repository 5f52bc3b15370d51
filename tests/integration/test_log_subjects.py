"""Log lines of requests say whose image they are about, however it was asked for."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.client import Client, picture
from worker.settings import Parts


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """What is logged, with what is bound around it."""
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as captured:
        yield captured


def _last_request(lines: list[EventDict]) -> Any:
    return [line for line in lines if line["event"] == "request"][-1]


async def test_of_the_cdn(client: Client, parts: Parts, lines: list[EventDict]) -> None:
    await client.put_ok(parts, "größe.jpg", picture())
    shown = (await client.get("größe.jpg")).json
    for field, headers, status in (
        ("originalUrl", {}, 200),
        ("thumbnailUrl", {}, 200),
        ("originalUrl", {"Range": "bytes=999999-"}, 416),
        ("originalUrl", {"If-None-Match": "*"}, 304),
    ):
        await client.cdn(shown[field], headers=headers)
        line = _last_request(lines)
        assert (line["tenant"], line["image"], line["status"]) == ("demo", "größe.jpg", status)
    await client.delete("größe.jpg")
    await client.cdn(shown["originalUrl"])
    line = _last_request(lines)
    assert (line["tenant"], line["image"], line["status"]) == ("demo", "größe.jpg", 410)


async def test_of_the_cdn_when_the_storage_fails(client: Client, lines: list[EventDict]) -> None:
    await client.put("a.jpg", b"bytes")
    row = await client.row("a.jpg")
    await client.service.library.storage.delete(str(row.original_key))
    url = (await client.get("a.jpg")).json["originalUrl"]
    assert (await client.cdn(url)).status == 503
    (line,) = [line for line in lines if line["event"] == "object_missing"]
    assert (line["tenant"], line["image"]) == ("demo", "a.jpg")


async def test_of_a_key_that_nobody_holds_name_nobody(
    client: Client, lines: list[EventDict]
) -> None:
    await client.call("GET", "/cdn/demo/x")
    line = _last_request(lines)
    assert line["status"] == 404
    assert not {"tenant", "image"} & line.keys()


async def test_of_calls_by_uid(client: Client, parts: Parts, lines: list[EventDict]) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    uid = (await client.get("a.jpg", "?$select=uid")).json["uid"]
    await client.call("DELETE", "/images(a.jpg)")
    for method, path in (
        ("POST", f"/images/by-uid/{uid}/restore"),
        ("DELETE", f"/images/by-uid/{uid}"),
        ("DELETE", f"/images/by-uid/{uid}?purge=true"),
    ):
        await client.call(method, path)
        line = _last_request(lines)
        assert (line["tenant"], line["image"]) == ("demo", "a.jpg"), (method, path)


async def test_of_calls_by_a_uid_that_no_image_has(client: Client, lines: list[EventDict]) -> None:
    uid = str(uuid4())
    assert (await client.call("POST", f"/images/by-uid/{uid}/restore")).status == 404
    assert _last_request(lines)["image"] == uid
