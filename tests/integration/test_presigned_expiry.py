"""Presigned uploads that expire or are abandoned: what goes, and what was acknowledged stays."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

from shared.domain.reference import Reference
from tests.backstage import Gate, Gated
from tests.bucket import Bucket
from tests.client import (
    Client,
    Connection,
    assert_problem,
)
from tests.presigned import (
    OTHER,
    SHA,
    announce,
    complete,
    incoming_in,
    key_of,
    let_expire,
    open_upload,
    send,
)
from worker.settings import Parts


async def _nothing() -> AsyncIterator[bytes]:
    """Send a body of unknown length that turns out to be empty."""
    for chunk in list[bytes]():
        yield chunk


async def test_nothing_of_it_stays_but_the_image(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    upload = await open_upload(client)
    await send(client, upload)
    assert (await complete(client)).status == 202
    await client.process(parts, "a.jpg")
    await parts.sweeper.delete_due()
    assert not await incoming_in(bucket)
    assert await send(client, upload, OTHER) == 200  # late, and the URL still lives
    await let_expire(postgres, key=key_of(upload), ago_s=10 * 3600)
    assert await parts.sweeper.clear_uploads() == 1
    assert not await incoming_in(bucket)
    assert (await client.row("a.jpg")).sha256 == SHA
    completed = await complete(client, data=_nothing())
    assert (completed.status, completed.json["status"]) == (202, "Ok"), "twice is as once, even now"
    await client.put("a.jpg", OTHER)
    assert_problem(await complete(client), 409, "conflict")


async def test_what_is_abandoned_is_collected_and_may_begin_anew(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    first = await open_upload(client, tags=["kept"])
    await send(client, first)
    assert_problem(await announce(client), 409, "conflict", "reference")
    await let_expire(postgres, key=key_of(first), ago_s=1)
    assert await parts.sweeper.clear_uploads() == 0  # a slow PUT may still be under way
    second = await open_upload(client)
    await let_expire(postgres, key=key_of(first), ago_s=10 * 3600)
    assert await parts.sweeper.clear_uploads() == 1
    assert await bucket.keys() == set()
    await send(client, second)
    assert (await complete(client)).status == 202
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.tags) == ("Ok", ("kept",))


async def test_a_slow_upload_completed_beside_a_fresh_one_is_the_image(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    first = await open_upload(client)
    await send(client, first)
    await let_expire(postgres, key=key_of(first), ago_s=1)
    storage = client.service.library.storage
    gate = Gate()
    gated = replace(
        client.service.library.completion, storage=cast("Any", Gated(storage, "copy", gate))
    )
    completing = asyncio.create_task(gated.complete(client.tenant, Reference("a.jpg")))
    await gate.reached.wait()
    await open_upload(client)
    gate.opened.set()
    assert (await completing).status == "Up"
    assert (await complete(client)).status == 202
    assert (await client.process(parts, "a.jpg")).sha256 == SHA


async def test_after_everything_expired_complete_says_what_to_do(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    upload = await open_upload(client)
    await let_expire(postgres, key=key_of(upload), ago_s=10 * 3600)
    await parts.sweeper.clear_uploads()
    refused = await complete(client)
    assert_problem(refused, 409, "conflict")
    assert "POST /images again" in refused.json["detail"]
    assert (await client.get("a.jpg")).json["status"] == "Vd"


async def test_acknowledged_bytes_wait_for_a_worker_however_long(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    upload = await open_upload(client)
    await send(client, upload)
    assert (await complete(client)).status == 202
    await let_expire(postgres, key=key_of(upload), ago_s=30 * 86400)
    await parts.sweeper.clear_uploads()
    await parts.sweeper.delete_due()
    assert (await client.process(parts, "a.jpg")).sha256 == SHA
