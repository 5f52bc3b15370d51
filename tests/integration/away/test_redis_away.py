"""Redis is only a bell: without it, or with all of it lost, work is late and none is lost."""

import asyncio
import time
from functools import partial
from typing import cast

from arq.constants import in_progress_key_prefix, job_key_prefix
from redis.asyncio import Redis

from shared.domain.job import Job
from shared.queue.turns import QUEUE
from shared.settings import Settings
from tests.backstage import expire_leases, job_of, running_worker, stalled_at
from tests.client import Client, Connection, eventually, picture
from tests.integration.away.conftest import Ways
from tests.relay import away
from worker.lanes import JobLane, listen_forever
from worker.settings import Parts

DEAD = 500
WAITING = 500
AT_ONCE_S = 20.0
"""Less than one look for each of the dead takes."""


async def _is_ok(client: Client, reference: str) -> bool:
    return bool((await client.get(reference)).json["status"] == "Ok")


async def test_an_upload_is_processed_without_being_asked_for(
    client: Client, settings: Settings
) -> None:
    async with running_worker(settings):
        for number in range(3):
            assert (await client.put(f"{number}.jpg", picture())).status == 201
        for number in range(3):
            await eventually(partial(_is_ok, client, f"{number}.jpg"))


async def test_what_an_emptied_redis_has_forgotten_is_rung_for_again(
    client: Client, settings: Settings, parts: Parts
) -> None:
    await client.put("a.jpg", picture())
    assert await parts.sweeper.ring_due() == 0
    await parts.redis.flushdb()
    assert await parts.sweeper.ring_due() == 1
    assert await parts.sweeper.ring_due() == 0
    await parts.redis.flushdb()
    async with running_worker(settings):
        await eventually(partial(_is_ok, client, "a.jpg"))


async def test_redis_emptied_under_a_running_worker_stops_nothing(
    client: Client, settings: Settings, parts: Parts
) -> None:
    async with running_worker(settings):
        for number in range(5):
            await client.put(f"{number}.jpg", picture())
            await parts.redis.flushdb()
        for number in range(5):
            await eventually(partial(_is_ok, client, f"{number}.jpg"))


async def test_uploads_go_on_without_redis_and_are_processed_when_it_is_back(
    client: Client, settings: Settings, ways: Ways
) -> None:
    async with running_worker(settings):
        async with away(ways.valkey):
            assert (await client.put("a.jpg", picture())).status == 201
            assert (await client.get("a.jpg")).json["status"] == "Up"
            assert (await client.call("GET", "/images")).status == 200
        await eventually(partial(_is_ok, client, "a.jpg"))
        assert (await client.put("b.jpg", picture())).status == 201
        await eventually(partial(_is_ok, client, "b.jpg"))


async def _begin_and_die(parts: Parts, client: Client) -> None:
    """Leave Redis as a worker does that was killed between taking a job and claiming it."""
    job = job_of(await client.row("a.jpg"))
    redis = cast("Redis", parts.redis)
    await redis.set(in_progress_key_prefix + job.id, b"1", px=310_000)


async def test_a_job_whose_worker_died_before_claiming_is_passed_over(
    client: Client, settings: Settings, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await _begin_and_die(parts, client)
    assert await parts.sweeper.ring_due() == 0
    await expire_leases(postgres, ago_s=11)
    assert await parts.sweeper.ring_due() == 1
    assert (await client.row("a.jpg")).attempt == 1
    async with running_worker(settings):
        await eventually(partial(_is_ok, client, "a.jpg"))


async def test_a_job_that_only_waits_its_turn_is_not_passed_over(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await expire_leases(postgres, ago_s=3600)
    assert await parts.sweeper.ring_due() == 0
    assert (await client.row("a.jpg")).attempt == 0


async def test_what_a_killed_worker_had_begun_leaves_redis_when_it_is_rung_for_again(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await _begin_and_die(parts, client)
    await postgres.execute("UPDATE images SET attempt = 1, due_at = now()")
    assert await parts.sweeper.ring_due() == 1
    job = job_of(await client.row("a.jpg"))
    redis = cast("Redis", parts.redis)
    assert job.attempt == 1
    assert await redis.zrange(QUEUE, 0, -1) == [job.id.encode()]
    assert await redis.keys("arq:*") == [(job_key_prefix + job.id).encode()]


async def test_dead_entries_ahead_of_a_live_job_do_not_keep_it_waiting(
    client: Client, parts: Parts, settings: Settings
) -> None:
    redis, bell = cast("Redis", parts.redis), client.service.library.bell
    for number in range(DEAD):
        dead = Job(client.tenant.id, 1_000_000 + number, 1, 0)
        assert await bell.ring(dead)
        await redis.set(in_progress_key_prefix + dead.id, b"1", px=310_000)
    async with running_worker(settings):
        await client.put("first.jpg", picture())
        await eventually(partial(_is_ok, client, "first.jpg"))
        started = time.monotonic()
        await client.put("a.jpg", picture())
        await eventually(partial(_is_ok, client, "a.jpg"), within_s=AT_ONCE_S)
        print(f"Ok {time.monotonic() - started:.2f} s on, behind {DEAD} dead entries")  # noqa: T201

        async def are_alone_again() -> bool:
            return bool(await redis.zcard(QUEUE) == DEAD)

        await eventually(are_alone_again)


async def test_a_look_for_one_job_does_not_ask_for_all_that_wait(
    client: Client, parts: Parts, ways: Ways
) -> None:
    bell = client.service.library.bell
    jobs = [Job(client.tenant.id, 1_000_000 + number, 1, 0) for number in range(WAITING)]
    for job in jobs:
        assert await bell.ring(job)
    asked_bytes = ways.valkey.asked_bytes
    stalled, gate = stalled_at(parts.worker, "processing", "claim")
    listening = asyncio.create_task(
        listen_forever(parts.redis, JobLane(QUEUE, 1, 60, stalled.process))
    )
    await gate.reached.wait()
    asked_bytes = ways.valkey.asked_bytes - asked_bytes
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert 0 < asked_bytes < sum(len(in_progress_key_prefix + job.id) for job in jobs) / 5


async def test_ringing_twice_is_ringing_once(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", picture())
    bell, job = client.service.library.bell, job_of(await client.row("a.jpg"))
    assert not await bell.ring(job)
    await parts.redis.flushdb()
    assert await bell.ring(job)
    assert not await bell.ring(job)
