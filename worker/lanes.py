"""How jobs are taken from Redis: arq's settings, one worker of it for each lane."""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import structlog
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.worker import Worker as ArqWorker
from arq.worker import func
from redis.exceptions import RedisError

from shared.cancellation import keep_cancellation
from shared.domain.job import Job, tenant_in
from shared.queue.bell import FUNCTION, deserialize, serialize

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = structlog.get_logger(__name__)

POLL_DELAY_S = 0.05
QUEUE_READ_LIMIT = 5_000
"""Far more entries than killed workers leave: arq does not look past so many."""

FIRST_LOOK = 4
"""Entries that are asked for first, per job that may run at once."""

RECONNECT_S = 0.5


class PictureWorker(ArqWorker):
    """arq's worker, which skips jobs that others have begun, or that died with their worker.

    No tenant has more than `per_tenant` of its places, so that one whose jobs take for ever leaves
    some to the others.
    """

    per_tenant = sys.maxsize

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Ask once which jobs have begun; arq asks three times for each, at every look.

        First of a few, as most looks find in front what fills the free slots; then of ever more.
        """
        count = FIRST_LOOK * self.max_jobs
        while job_ids and self.job_counter < self.max_jobs:
            there_may_be_room = self._within_shares(job_ids[:count], at_once=False)
            not_begun = await self._not_begun(there_may_be_room)
            await super().start_jobs(self._within_shares(not_begun, at_once=True))
            job_ids, count = job_ids[count:], 2 * count

    def _within_shares(self, job_ids: list[bytes], *, at_once: bool) -> list[bytes]:
        """Return those of tenants with a place left; `at_once`, of each as many as it has left."""
        taken = Counter(tenant_in(job_id) for job_id, task in self.tasks.items() if not task.done())
        within = []
        for job_id in job_ids:
            tenant = tenant_in(job_id.decode())
            if taken[tenant] < self.per_tenant:
                within.append(job_id)
                taken[tenant] += at_once
        return within

    async def _not_begun(self, job_ids: list[bytes]) -> list[bytes]:
        if not job_ids:
            return []
        begun = await self.pool.mget([in_progress_key_prefix + id_.decode() for id_ in job_ids])
        return [id_ for id_, mark in zip(job_ids, begun, strict=True) if mark is None]


@dataclass(frozen=True, slots=True)
class JobLane:
    """A queue, how many of its jobs run at once, for how long, and what they are.

    `per_tenant` is how many of them may be one tenant's.
    """

    queue: str
    slots: int
    timeout_s: float
    work: Callable[[Job], Awaitable[None]]
    per_tenant: int = sys.maxsize


def make_arq_worker(redis: ArqRedis, lane: JobLane, gate: asyncio.Semaphore) -> ArqWorker:
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
            await lane.work(Job(tenant_id, image_id, revision, attempt))

    worker = PictureWorker(
        [
            func(
                cast("WorkerCoroutine", process),
                name=FUNCTION,
                timeout=lane.timeout_s,
                max_tries=1,
                keep_result=0,
            )
        ],
        queue_name=lane.queue,
        redis_pool=redis,
        handle_signals=False,
        max_jobs=lane.slots,
        queue_read_limit=QUEUE_READ_LIMIT,
        max_tries=1,
        keep_result=0,
        poll_delay=POLL_DELAY_S,
        job_serializer=serialize,
        job_deserializer=deserialize,
        log_results=False,
    )
    worker.per_tenant = lane.per_tenant
    return worker


async def listen_forever(redis: ArqRedis, lane: JobLane) -> None:
    """Take jobs from Redis; when it goes away, begin anew when it is back."""
    running: set[asyncio.Task[Any]] = set()
    gate = asyncio.Semaphore(lane.slots)
    try:
        while True:
            arq = make_arq_worker(redis, lane, gate)
            try:
                await arq.async_run()
            except (RedisError, OSError, TimeoutError) as error:
                keep_cancellation()
                log.warning("bell_silent", error=repr(error))
            finally:
                running |= set(arq.tasks.values())
                running = {task for task in running if not task.done()}
            await asyncio.sleep(RECONNECT_S)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
