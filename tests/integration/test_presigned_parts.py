"""Large presigned uploads, in parts that S3 puts together."""

import asyncio
import hashlib
import random
from typing import Any

from tests.bucket import Bucket
from tests.client import Client, Connection, assert_problem, picture
from tests.presigned import complete, key_of, open_upload, send
from worker.settings import Parts

MEBIBYTE = 1024 * 1024
LARGE = picture() + random.Random(1).randbytes(17 * MEBIBYTE)
FIRST, SECOND = LARGE[: 16 * MEBIBYTE], LARGE[16 * MEBIBYTE :]


async def open_parts_of(client: Client) -> list[dict[str, Any]]:
    upload = await open_upload(client, sizeInBytes=len(LARGE), multipart=True)
    assert list(upload) == ["method", "parts", "expiresAt"]
    parts: list[dict[str, Any]] = upload["parts"]
    assert [part["partNumber"] for part in parts] == [1, 2]
    assert sum(part["sizeInBytes"] for part in parts) == len(LARGE)
    return parts


async def send_all(client: Client, parts: list[dict[str, Any]]) -> None:
    start = 0
    for part in parts:
        data = LARGE[start : start + part["sizeInBytes"]]
        assert await send(client, part, data) == 200
        start += len(data)


async def test_a_large_file_comes_in_parts(client: Client, parts: Parts, bucket: Bucket) -> None:
    targets = await open_parts_of(client)
    assert await send(client, targets[0], LARGE[:-1]) == 403
    assert await send(client, targets[1], SECOND) == 200
    refused = await complete(client)
    assert_problem(refused, 409, "conflict", "parts")
    assert "1 of 2 parts have not arrived" in refused.json["detail"]
    await send_all(client, targets)
    answers = await asyncio.gather(complete(client), complete(client), complete(client))
    assert [(answer.status, answer.json["status"]) for answer in answers] == [(202, "Up")] * 3
    assert await send(client, targets[1], SECOND) == 404  # the URLs are dead
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.sha256) == ("Ok", hashlib.sha256(LARGE).digest()), row.status_detail
    await parts.sweeper.delete_due()
    assert not [key for key in await bucket.keys() if "/incoming/" in key]


async def test_etags_that_are_given_are_compared(client: Client) -> None:
    await send_all(client, await open_parts_of(client))
    etags = [hashlib.md5(half, usedforsecurity=False).hexdigest() for half in (FIRST, SECOND)]
    numbered = [{"partNumber": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    wrong = [numbered[0], {"partNumber": 2, "etag": etags[0]}]
    assert_problem(await complete(client, json={"parts": wrong}), 409, "conflict", "parts")
    assert_problem(await complete(client, json={"parts": wrong[:1]}), 409, "conflict", "parts")
    assert_problem(await complete(client, json={"parts": [1]}), 400, "validation", "parts")
    assert (await complete(client, json={"parts": numbered})).status == 202


async def test_abandoned_parts_are_aborted(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    targets = await open_parts_of(client)
    await send(client, targets[0], FIRST)
    await postgres.execute(
        "UPDATE uploads SET deadline_at = now() WHERE key = $1", key_of(targets[0])
    )
    assert await parts.sweeper.clear_uploads() == 1
    assert await bucket.unfinished() == []
    assert await send(client, targets[1], SECOND) == 404
    assert await bucket.keys() == set()


async def test_parts_that_the_storage_lost_are_missed(
    client: Client, bucket: Bucket, postgres: Connection
) -> None:
    targets = await open_parts_of(client)
    await send_all(client, targets)
    multipart_id = await postgres.fetchval("SELECT multipart_id FROM uploads")
    await bucket.s3.abort_multipart_upload(
        Bucket=bucket.name, Key=key_of(targets[0]), UploadId=multipart_id
    )
    refused = await complete(client)
    assert_problem(refused, 409, "conflict")
    assert "Nothing has arrived" in refused.json["detail"]
