"""Two workers on one image: one wins, the other leaves nothing, no key is written twice."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from shared.domain.errors import UnavailableError
from shared.settings import Settings
from tests.backstage import Broken, expire_leases, job_of, overtaken, stalled_at
from tests.bucket import Bucket
from tests.client import KEYS_OF_AN_IMAGE, URL_FIELDS, Client, Connection, eventually, picture
from worker.settings import Parts, open_parts

MADE = KEYS_OF_AN_IMAGE - 1


@pytest.fixture
async def sleeper(settings: Settings, bucket: Bucket) -> AsyncIterator[Parts]:
    """A second worker, whose heart beats so seldom that it does not notice a lost lease."""
    assert bucket.name == settings.s3_bucket
    async with open_parts(settings.model_copy(update={"lease_s": 3600})) as opened:
        yield opened


async def _folders(bucket: Bucket) -> dict[str, int]:
    """Count the keys of each revision and attempt."""
    folders = [key.split("/")[2] for key in await bucket.keys()]
    return {folder: folders.count(folder) for folder in folders}


async def _all_urls_work(client: Client) -> bool:
    shown = (await client.get("a.jpg")).json
    return all([(await client.cdn(shown[field])).status == 200 for field in URL_FIELDS])


async def _lease_grows(postgres: Connection) -> None:
    """Return when it has; a heart that stands still never lets it."""
    due_at = await postgres.fetchval("SELECT due_at FROM images")

    async def has_grown() -> bool:
        return bool(await postgres.fetchval("SELECT due_at > $1 FROM images", due_at))

    await eventually(has_grown)


async def _has_logged(logs: Sequence[Mapping[str, Any]], event: str, times: int) -> bool:
    return [record["event"] for record in logs].count(event) == times


async def test_of_two_workers_with_one_job_only_one_works(
    client: Client, parts: Parts, sleeper: Parts, bucket: Bucket
) -> None:
    await client.put("a.jpg", picture())
    job = job_of(await client.row("a.jpg"))
    await asyncio.gather(parts.worker.process(job), sleeper.worker.process(job))
    row = await client.row("a.jpg")
    assert (row.status, row.attempt) == ("Ok", 1)
    assert await _folders(bucket) == {"1": 1, "1.1": MADE}


async def test_a_worker_that_wakes_after_its_lease_takes_its_own_keys_away(
    client: Client, parts: Parts, sleeper: Parts, bucket: Bucket, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    stalled, gate = stalled_at(sleeper.worker, "storage", "put")
    late = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
    await gate.reached.wait()
    await expire_leases(postgres)
    winner = await client.process(parts, "a.jpg")
    assert (winner.status, winner.attempt) == ("Ok", 2)
    gate.opened.set()
    await late
    assert await client.row("a.jpg") == winner
    assert await _folders(bucket) == {"1": 1, "1.1": MADE, "1.2": MADE}
    await parts.sweeper.delete_due()
    assert await _folders(bucket) == {"1": 1, "1.2": MADE}
    assert await _all_urls_work(client)
    assert not await postgres.fetch("SELECT FROM deletions")


async def test_a_worker_that_wakes_before_it_wrote_writes_nothing(
    client: Client, parts: Parts, sleeper: Parts, bucket: Bucket, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    stalled, gate = stalled_at(sleeper.worker, "decoders", "make_thumbnails")
    late = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
    await gate.reached.wait()
    await expire_leases(postgres)
    await client.process(parts, "a.jpg")
    gate.opened.set()
    await late
    assert await _folders(bucket) == {"1": 1, "1.2": MADE}
    assert not await postgres.fetch("SELECT FROM deletions")


async def test_a_late_verdict_of_failure_changes_nothing(
    client: Client, parts: Parts, sleeper: Parts, bucket: Bucket, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    before = await bucket.keys()
    stalled, gate = stalled_at(sleeper.worker, "decoders", "make_thumbnails")
    late = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
    await gate.reached.wait()
    await expire_leases(postgres)
    winner = await client.process(parts, "a.jpg")
    await sleeper.worker.decoders.close()
    gate.opened.set()
    await late
    assert await client.row("a.jpg") == winner
    assert before < await bucket.keys()


async def test_a_heart_that_beats_notices_the_lost_lease_and_ends_the_work(
    settings: Settings, client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    async with open_parts(settings.model_copy(update={"lease_s": 3})) as awake:
        stalled, gate = stalled_at(awake.worker, "storage", "put")
        late = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
        await gate.reached.wait()
        winner = await overtaken(client, parts, postgres, "a.jpg")
        async with asyncio.timeout(60):
            await late
    assert await client.row("a.jpg") == winner
    assert awake.worker.tally.as_report()["outcomes"] == {"lost_race": 1}


async def test_a_lease_grows_while_its_worker_works(
    settings: Settings, client: Client, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    async with open_parts(settings.model_copy(update={"lease_s": 3})) as awake:
        stalled, gate = stalled_at(awake.worker, "storage", "put")
        working = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
        await gate.reached.wait()
        await _lease_grows(postgres)
        gate.opened.set()
        await working
    assert (await client.row("a.jpg")).status == "Ok"


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (UnavailableError("Postgres is away."), "heartbeat_unheard"),
        (RuntimeError("a bug"), "heartbeat_failed"),
    ],
)
async def test_a_heart_that_missed_a_beat_says_so_and_goes_on(
    error: Exception, event: str, settings: Settings, client: Client, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    async with open_parts(settings.model_copy(update={"lease_s": 1})) as awake:
        stalled, gate = stalled_at(awake.worker, "storage", "put")
        broken = cast("Any", Broken(stalled.processing, "extend", error, times=2))
        weak = replace(stalled, processing=broken)
        with capture_logs() as logs:
            working = asyncio.create_task(weak.process(job_of(await client.row("a.jpg"))))
            await gate.reached.wait()
            await eventually(partial(_has_logged, logs, event, 2))
            await _lease_grows(postgres)
            gate.opened.set()
            await working
    assert (await client.row("a.jpg")).status == "Ok"


async def test_delete_racing_the_worker_is_either_before_or_after(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    for number in range(8):
        reference = f"{number}.jpg"
        await client.put(reference, picture())
        job = job_of(await client.row(reference))
        working = asyncio.create_task(parts.worker.process(job))
        answers = [(await client.delete(reference)).status]
        while answers[-1] == 409:
            answers.append((await client.delete(reference)).status)
        await working
        assert answers[-1] == 204
        image = await client.service.library.database.image_by_id(client.tenant.id, job.image_id)
        assert image is not None
        assert image.deleted_at is not None
        assert image.status == "Ok"
    await parts.sweeper.delete_due()
    assert len(await bucket.keys()) == 8 * KEYS_OF_AN_IMAGE
