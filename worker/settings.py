"""The worker's composition root: the one place here that names adapters, and arq's settings."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import structlog
import uvloop
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.worker import Worker as ArqWorker
from arq.worker import func
from redis.exceptions import RedisError
from uuid_utils.compat import uuid7

from shared.db.database import PostgresDatabase, open_database
from shared.db.migrate import check_schema
from shared.domain.errors import UnavailableError
from shared.domain.job import Job
from shared.logging import configure_logging
from shared.pulse import Pulse, end_when_stuck
from shared.queue.bell import FUNCTION, RedisBell, deserialize, open_redis, serialize
from shared.queue.turns import QUEUE
from shared.scratch import Scratch
from shared.settings import Settings
from shared.storage.s3 import open_storage
from shared.usecases.arriving import Arrivals
from shared.usecases.bulk_items import Batches
from shared.usecases.bulk_lane import Lane
from shared.usecases.events_relay import Relay
from shared.usecases.processing import Processing
from shared.usecases.sweeping import Sweeper
from worker.bulk import BulkWorker, bulk_forever
from worker.imaging.configuration import (
    bulk_limits_of,
    bulk_slots_of,
    limits_of,
    recipe_of,
    slots_of,
)
from worker.imaging.decoders import Decoders
from worker.process import Worker
from worker.relay import relay_forever
from worker.report import Tally
from worker.rounds import report_forever, sweep_forever

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = structlog.get_logger(__name__)

JOB_TIMEOUT_S = 300
VERDICT_S = 20
"""Of it, kept for giving the image back."""

POLL_DELAY_S = 0.05
QUEUE_READ_LIMIT = 5_000
"""Far more entries than killed workers leave: arq does not look past so many."""

FIRST_LOOK = 4
"""Entries that are asked for first, per job that may run at once."""

RECONNECT_S = 0.5
UNHEARD_S = 1.5


class PictureWorker(ArqWorker):
    """arq's worker, which does not stumble over what others have begun or left when they died."""

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Ask once which jobs have begun; arq asks three times for each, at every look.

        First of a few, as most looks find in front what fills the free slots; then of ever more.
        """
        count = FIRST_LOOK * self.max_jobs
        while job_ids and self.job_counter < self.max_jobs:
            await super().start_jobs(await self._not_begun(job_ids[:count]))
            job_ids, count = job_ids[count:], 2 * count

    async def _not_begun(self, job_ids: list[bytes]) -> list[bytes]:
        begun = await self.pool.mget([in_progress_key_prefix + id_.decode() for id_ in job_ids])
        return [id_ for id_, mark in zip(job_ids, begun, strict=True) if mark is None]


def make_arq_worker(
    redis: ArqRedis, worker: Worker, slots: int, gate: asyncio.Semaphore
) -> ArqWorker:
    """Make arq run each job once: when and whether it is tried again, Postgres says.

    `gate` holds for those as well that an earlier connection's worker began.
    """

    async def process(
        _ctx: dict[Any, Any],
        tenant_id: int,
        image_id: int,
        revision: int,
        attempt: int,
        request_id: str | None,
    ) -> None:
        if request_id is not None:
            structlog.contextvars.bind_contextvars(request_id=request_id)
        async with gate:
            await worker.process(Job(tenant_id, image_id, revision, attempt))

    return PictureWorker(
        [
            func(
                cast("WorkerCoroutine", process),
                name=FUNCTION,
                timeout=JOB_TIMEOUT_S,
                max_tries=1,
                keep_result=0,
            )
        ],
        queue_name=QUEUE,
        redis_pool=redis,
        handle_signals=False,
        max_jobs=slots,
        queue_read_limit=QUEUE_READ_LIMIT,
        max_tries=1,
        keep_result=0,
        poll_delay=POLL_DELAY_S,
        job_serializer=serialize,
        job_deserializer=deserialize,
        log_results=False,
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """A worker process, wired and not yet working."""

    id: UUID
    slots: int
    database: PostgresDatabase
    redis: ArqRedis
    worker: Worker
    sweeper: Sweeper
    bulk: BulkWorker
    relay: Relay


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Open every adapter, and close them at the end."""
    slots = slots_of(settings)
    async with AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        await check_schema(url)
        database = await stack.enter_async_context(open_database(url))
        storage = await stack.enter_async_context(open_storage(settings))
        redis = await stack.enter_async_context(open_redis(settings.redis_url.get_secret_value()))
        scratch = Scratch(settings.scratch_dir)
        stack.callback(scratch.close)
        decoders = Decoders(slots=slots, limits=limits_of(settings))
        stack.push_async_callback(decoders.close)
        worker = Worker(
            processing=Processing(database, settings.lease_s, settings.retention_days),
            arrivals=Arrivals(database, storage, settings.upload_timeout_s, settings.scratch_dir),
            storage=storage,
            decoders=decoders,
            scratch=scratch,
            recipe=recipe_of(settings),
            tally=Tally(),
            budget_s=JOB_TIMEOUT_S - VERDICT_S,
        )
        sweeper = Sweeper(database, storage, RedisBell(redis))
        bulk_decoders = Decoders(slots=bulk_slots_of(settings), limits=bulk_limits_of(settings))
        stack.push_async_callback(bulk_decoders.close)
        bulk = BulkWorker(
            lane=Lane(database, settings.lease_s),
            batches=Batches(database, settings.retention_days),
            worker=replace(worker, decoders=bulk_decoders),
            slots=bulk_slots_of(settings),
        )
        relay = Relay(database, settings.event_retention_days)
        yield Parts(uuid7(), slots, database, redis, worker, sweeper, bulk, relay)


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop; then give every image back unjudged."""
    async with open_parts(settings) as parts:
        log.info("working", worker_id=str(parts.id), slots=parts.slots)
        tasks = [
            asyncio.create_task(listen_forever(parts.redis, parts.worker, parts.slots)),
            asyncio.create_task(sweep_forever(parts.sweeper, settings.sweep_interval_s)),
            asyncio.create_task(bulk_forever(parts.bulk, settings.sweep_interval_s)),
            asyncio.create_task(relay_forever(parts.relay)),
            asyncio.create_task(report_forever(parts.database, parts.id, parts.worker.tally)),
        ]
        await _until(stop, tasks)
        with contextlib.suppress(UnavailableError):  # silence says the same, a little later
            await parts.database.retire_worker(parts.id)
        log.info("stopped")


async def listen_forever(redis: ArqRedis, worker: Worker, slots: int) -> None:
    """Take jobs from Redis; when it goes away, begin anew when it is back."""
    running: set[asyncio.Task[Any]] = set()
    gate = asyncio.Semaphore(slots)
    try:
        while True:
            arq = make_arq_worker(redis, worker, slots, gate)
            try:
                await arq.async_run()
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("bell_silent", error=repr(error))
                _keep_cancellation()
            finally:
                running |= set(arq.tasks.values())
                running = {task for task in running if not task.done()}
            await asyncio.sleep(RECONNECT_S)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _keep_cancellation() -> None:
    """Go on with being cancelled where a lost connection's error has taken its place."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _until(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Wait for the signal, or for a task that should never end; then end them all."""
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    await _end({stopped, *tasks})
    for task in done - {stopped}:
        task.result()


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel until it is heard: a Redis client that times out just then swallows it."""
    while tasks:
        for task in tasks:
            task.cancel()
        ended, tasks = await asyncio.wait(tasks, timeout=UNHEARD_S)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("task_failed", error=repr(error))


def main(settings: Settings) -> None:
    """Run the worker in this process."""
    configure_logging(settings, service="worker")
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_work_until_signalled(settings))


async def _work_until_signalled(settings: Settings) -> None:
    end_when_stuck(Pulse())
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await work(settings, stop)
