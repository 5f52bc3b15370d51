"""A worker that goes down gives its image back, unjudged and at once."""

import asyncio
from dataclasses import replace

import pytest

from shared.queue.turns import QUEUE
from shared.settings import Settings
from tests.backstage import Gate, job_of, running_worker, stalled_at
from tests.client import Client, Connection, eventually, picture
from worker.lanes import JobLane, listen_forever
from worker.process import Worker
from worker.settings import Parts


async def _is_given_back(postgres: Connection) -> bool:
    return bool(
        await postgres.fetchval(
            "SELECT status = 'Up' AND failures = 0 AND attempt = 1 AND due_at <= now() FROM images"
        )
    )


async def test_an_image_in_work_is_given_back(
    client: Client, parts: Parts, settings: Settings, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    stalled, gate = stalled_at(parts.worker, "storage", "put")
    listening = asyncio.create_task(
        listen_forever(parts.redis, JobLane(QUEUE, 1, 60, stalled.process))
    )
    await gate.reached.wait()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert await _is_given_back(postgres)
    assert (await client.row("a.jpg")).status_reason is None
    async with running_worker(settings):

        async def is_ok() -> bool:
            return (await client.row("a.jpg")).status == "Ok"

        await eventually(is_ok)


async def _ending(worker: Worker, client: Client) -> tuple[asyncio.Task[None], Gate]:
    """Cancel a job at work; it then stands at the gate before it gives its image back."""
    stalled, working = stalled_at(worker, "storage", "put")
    stalled, releasing = stalled_at(stalled, "processing", "release")
    task = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
    await working.reached.wait()
    task.cancel()
    await releasing.reached.wait()
    return task, releasing


async def test_an_image_is_given_back_however_often_its_worker_is_told_to_end(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    task, releasing = await _ending(parts.worker, client)
    for _ in range(3):
        task.cancel()
        await asyncio.wait({task}, timeout=0)
        assert not task.done()
    releasing.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _is_given_back(postgres)


async def test_a_worker_ends_although_its_image_cannot_be_given_back(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    task, _ = await _ending(replace(parts.worker, release_s=0.1), client)
    async with asyncio.timeout(60):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not await _is_given_back(postgres)


async def test_a_decoder_that_is_closed_under_its_picture_judges_nothing(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    stalled, gate = stalled_at(parts.worker, "decoders", "make_thumbnails")
    working = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
    await gate.reached.wait()
    await parts.worker.decoders.close()
    gate.opened.set()
    await working
    assert await _is_given_back(postgres)


async def test_a_worker_that_has_nothing_to_do_ends_at_once_and_for_good(
    settings: Settings,
) -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(60), running_worker(settings):
        pass
    assert asyncio.all_tasks() <= before
