"""Presigned uploads: what is promised to those who announce, send and complete."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from aiohttp import ClientError
from yarl import URL

from shared.domain.reference import Reference
from shared.settings import Settings
from tests.backstage import Gate, Gated, job_of, overtaken, running_worker
from tests.bucket import Bucket
from tests.client import (
    DOCUMENT_FIELDS,
    Client,
    Connection,
    Service,
    assert_problem,
    eventually,
    path_to,
    picture,
)
from tests.presigned import (
    DATA,
    OTHER,
    SHA,
    announce,
    complete,
    incoming_in,
    key_of,
    open_upload,
    send,
)
from worker.process import Worker
from worker.settings import Parts


def stalled_at_put(worker: Worker) -> tuple[Worker, Gate]:
    """Return the worker as it is, but that it stalls before it stores what it copies."""
    gate = Gate()
    storage = cast("Any", Gated(worker.arrivals.storage, "put", gate))
    return replace(worker, arrivals=replace(worker.arrivals, storage=storage)), gate


async def test_an_image_arrives_past_the_api(client: Client, parts: Parts) -> None:
    answer = await announce(client, tags=["new"], sha256=SHA.hex())
    assert answer.status == 201, answer.body
    assert list(answer.json) == [*DOCUMENT_FIELDS, "upload"]
    assert answer.json["status"] == "Vd"
    assert answer.json["originalUrl"] is None
    assert answer.headers["Location"] == path_to("a.jpg")
    upload = answer.json["upload"]
    assert list(upload) == ["method", "url", "headers", "expiresAt"]
    expires = datetime.fromisoformat(upload["expiresAt"]).replace(tzinfo=UTC)
    assert timedelta(minutes=59) < expires - datetime.now(UTC) <= timedelta(hours=1)
    assert await send(client, upload) == 200
    completed = await complete(client)
    assert completed.status == 202, completed.body
    assert completed.json["status"] == "Up"
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.sha256, row.tags) == ("Ok", SHA, ("new",)), row.status_detail
    shown = await client.get("a.jpg")
    assert (await client.cdn(shown.json["originalUrl"])).body == DATA


async def test_bytes_put_after_complete_change_nothing(client: Client, parts: Parts) -> None:
    upload = await open_upload(client)
    await send(client, upload)
    assert (await complete(client)).status == 202
    assert await send(client, upload, OTHER) == 200  # before a worker has looked
    assert (await complete(client)).status == 202
    assert (await client.process(parts, "a.jpg")).sha256 == SHA
    assert await send(client, upload, OTHER) == 200
    completed = await complete(client)
    assert (completed.status, completed.json["status"]) == (202, "Ok")
    shown = await client.get("a.jpg")
    assert (await client.cdn(shown.json["originalUrl"])).body == DATA


async def test_completing_in_a_race_is_completing_once(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    await send(client, await open_upload(client))
    answers = await asyncio.gather(*(complete(client) for _ in range(5)))
    assert [(answer.status, answer.json["status"]) for answer in answers] == [(202, "Up")] * 5
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.revision) == ("Ok", 1)
    await parts.sweeper.delete_due()
    assert not await incoming_in(bucket)


async def test_completing_when_another_call_has_and_the_bytes_have_moved_is_completing_once(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    upload = await open_upload(client)
    await send(client, upload)
    gate = Gate()
    completion = client.service.library.completion
    gated = cast("Any", Gated(completion.storage, "size_of", gate))
    late = asyncio.create_task(
        replace(completion, storage=gated).complete(client.tenant, Reference("a.jpg"))
    )
    await gate.reached.wait()
    assert (await complete(client)).status == 202
    await parts.sweeper.delete_due()
    assert key_of(upload) not in await bucket.keys()
    gate.opened.set()
    assert (await late).status == "Up"


async def test_completing_while_a_worker_copies_changes_nothing(
    client: Client, parts: Parts
) -> None:
    await send(client, await open_upload(client))
    await complete(client)
    slow, gate = stalled_at_put(parts.worker)
    working = asyncio.create_task(slow.process(job_of(await client.row("a.jpg"))))
    await gate.reached.wait()
    assert (await complete(client)).json["status"] == "Up"
    assert_problem(await client.put("a.jpg", DATA), 409, "processing")
    assert_problem(await client.delete("a.jpg"), 409, "processing")
    gate.opened.set()
    await working
    assert (await client.row("a.jpg")).status == "Ok"


async def test_a_worker_that_lost_its_image_leaves_nothing(
    client: Client, parts: Parts, postgres: Connection, bucket: Bucket
) -> None:
    await send(client, await open_upload(client))
    await complete(client)
    slow, gate = stalled_at_put(parts.worker)
    working = asyncio.create_task(slow.process(job_of(await client.row("a.jpg"))))
    await gate.reached.wait()
    row = await overtaken(client, parts, postgres, "a.jpg")
    gate.opened.set()
    await working
    await parts.sweeper.clear_uploads()
    await parts.sweeper.delete_due()
    assert await client.row("a.jpg") == row
    assert row.status == "Ok"
    originals = {key for key in await bucket.keys() if key.endswith("/a.jpg")}
    assert originals == {row.original_key}


async def test_other_bytes_than_announced_are_er(client: Client, parts: Parts) -> None:
    await send(client, await open_upload(client, sha256=SHA.hex()), OTHER)
    assert (await complete(client)).status == 202
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Er", "wrong_hash")
    assert (await client.put_ok(parts, "a.jpg", DATA)).sha256 == SHA


async def test_a_client_killed_in_the_middle_of_its_put_can_send_again(
    client: Client, service: Service, parts: Parts
) -> None:
    upload = await open_upload(client)

    async def half() -> AsyncIterator[bytes]:
        yield DATA[: len(DATA) // 2]
        raise ConnectionError

    with pytest.raises((ClientError, ConnectionError)):
        await service.session.put(
            URL(upload["url"], encoded=True),
            data=half(),
            headers={"Content-Length": str(len(DATA))},
        )
    assert_problem(await complete(client), 409, "conflict")
    assert await send(client, upload) == 200
    assert (await complete(client)).status == 202
    assert (await client.process(parts, "a.jpg")).sha256 == SHA


async def test_a_put_to_a_void_image_wins_over_its_upload(client: Client, parts: Parts) -> None:
    await send(client, await open_upload(client))
    assert (await client.put("a.jpg", picture(shade=7))).status == 202
    assert_problem(await complete(client), 409, "conflict")
    row = await client.process(parts, "a.jpg")
    assert row.sha256 == hashlib.sha256(picture(shade=7)).digest()


async def test_a_void_image_can_be_deleted_and_announced_anew(client: Client) -> None:
    await open_upload(client)
    assert (await client.delete("a.jpg")).status == 204
    assert_problem(await complete(client), 404, "not-found")
    upload = await open_upload(client)
    await send(client, upload)
    assert (await complete(client)).status == 202


async def test_redis_emptied_loses_nothing(
    client: Client, settings: Settings, parts: Parts
) -> None:
    await send(client, await open_upload(client))
    assert (await complete(client)).status == 202
    await parts.redis.flushdb()

    async def is_ok() -> bool:
        return (await client.row("a.jpg")).status == "Ok"

    async with running_worker(settings):
        await eventually(is_ok)
