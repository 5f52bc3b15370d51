"""Reprocessing many images has a lane of its own: uploads pass by, and nothing else is held."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from redis.asyncio import Redis

from shared.domain.errors import UnavailableError
from shared.queue.turns import QUEUE
from shared.settings import Settings
from tests.backstage import Broken, running_worker, stalled_at
from tests.bucket import Bucket
from tests.client import Client, Connection, eventually, picture
from tests.operations import EVERY, accepted, counts, ended, some_done
from worker.bulk import BulkWorker, working_in_bulk
from worker.rounds import begun
from worker.settings import Parts

FEW = 4
INTERVAL_S = 0.1


@asynccontextmanager
async def working(bulk: BulkWorker) -> AsyncIterator[None]:
    """Run operations, and nothing else of a worker."""
    async with begun(working_in_bulk(bulk, INTERVAL_S)):
        yield


async def put_some(client: Client, parts: Parts, size: int) -> None:
    """Upload pictures, and have them Ok."""
    for number in range(size):
        await client.put_ok(parts, f"{number}.jpg", picture(48 + number))


async def in_status(postgres: Connection, status: str) -> int:
    """Count the images in a status."""
    found = await postgres.fetchval("SELECT count(*) FROM images WHERE status = $1", status)
    return int(found)


async def test_an_upload_passes_by_and_only_claimed_images_are_in_re(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await put_some(client, parts, FEW)
    stalled, gate = stalled_at(parts.bulk.worker, "decoders", "make_thumbnails")
    bulk = replace(parts.bulk, worker=stalled, slots=1)
    path = await accepted(client, "reprocess", EVERY)
    await cast("Redis", parts.redis).flushdb()
    async with working(bulk):
        await gate.reached.wait()
        assert await in_status(postgres, "Re") == 1
        assert await cast("Redis", parts.redis).zcard(QUEUE) == 0
        assert await parts.sweeper.ring_due() == 0
        await client.put_ok(parts, "new.jpg", picture())
        assert await in_status(postgres, "Re") == 1
        gate.opened.set()
        assert counts(await ended(client, path)) == (FEW, FEW, 0)
    images = await postgres.fetch("SELECT reference, status, attempt FROM images ORDER BY id")
    assert {row["status"] for row in images} == {"Ok"}
    assert [row["attempt"] for row in images] == [2] * FEW + [1]


async def test_cancelling_ends_after_the_images_in_work(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await put_some(client, parts, FEW)
    stalled, gate = stalled_at(parts.bulk.worker, "decoders", "make_thumbnails")
    path = await accepted(client, "reprocess", EVERY)
    async with working(replace(parts.bulk, worker=stalled, slots=1)):
        await gate.reached.wait()
        assert (await client.call("POST", f"{path}/cancel")).json["state"] == "cancelled"
        gate.opened.set()
        assert await some_done(client, path, 1) == 1
    assert await postgres.fetchval("SELECT sum(attempt) FROM images") == FEW + 1
    assert await in_status(postgres, "Ok") == FEW


async def test_without_storage_no_more_images_are_in_re_than_there_are_places(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await put_some(client, parts, FEW)
    broken = cast("Any", Broken(parts.worker.storage, "put", UnavailableError("away")))
    worker = replace(parts.bulk.worker, storage=broken)
    path = await accepted(client, "reprocess", EVERY)

    async def looked_at_again() -> bool:
        return bool(await postgres.fetchval("SELECT max(tries) > 1 FROM operation_items"))

    async with working(replace(parts.bulk, worker=worker, slots=1)):
        await eventually(looked_at_again)
    assert await in_status(postgres, "Re") == 1
    assert await in_status(postgres, "Ok") == FEW - 1
    assert counts((await client.call("GET", path)).json) == (FEW, 0, 0)


async def test_images_that_fail_are_told_with_their_reason(
    client: Client, parts: Parts, postgres: Connection, bucket: Bucket
) -> None:
    await put_some(client, parts, 3)
    await bucket.delete((await client.row("0.jpg")).original_key or "")
    await postgres.execute("UPDATE images SET status = 'Vd' WHERE reference = '1.jpg'")
    path = await accepted(client, "reprocess", EVERY)
    async with working(parts.bulk):
        operation = await ended(client, path)
    assert counts(operation) == (3, 1, 2)
    assert [(item["reference"], item["reason"]) for item in operation["failures"]] == [
        ("0.jpg", "missing_original"),
        ("1.jpg", "conflict"),
    ]


async def test_redis_emptied_in_the_middle_changes_nothing(
    client: Client, parts: Parts, postgres: Connection, settings: Settings
) -> None:
    await put_some(client, parts, FEW)
    stalled, gate = stalled_at(parts.bulk.worker, "decoders", "make_thumbnails")
    path = await accepted(client, "reprocess", EVERY)
    async with working(replace(parts.bulk, worker=stalled, slots=1)):
        await gate.reached.wait()
        await cast("Redis", parts.redis).flushdb()
        gate.opened.set()
        await some_done(client, path, 1)
    async with running_worker(settings):
        await cast("Redis", parts.redis).flushdb()
        assert counts(await ended(client, path)) == (FEW, FEW, 0)
    assert await in_status(postgres, "Ok") == FEW


async def test_decoders_of_operations_stand_back_for_those_of_uploads(
    client: Client, parts: Parts
) -> None:
    await put_some(client, parts, 1)
    path = await accepted(client, "reprocess", EVERY)
    async with working(parts.bulk):
        await ended(client, path)
    theirs, ours = parts.worker.decoders.pids, parts.bulk.worker.decoders.pids
    assert len(theirs) == len(ours) == 1
    assert _niceness(ours[0]) > _niceness(theirs[0])


def _niceness(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[16])
