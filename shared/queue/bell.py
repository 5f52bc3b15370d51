"""Ringing for the workers: arq jobs whose ids make a second ring harmless."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import structlog
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix, retry_key_prefix
from arq.jobs import Job as ArqJob
from arq.jobs import JobStatus
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from shared.domain.errors import UnavailableError
from shared.domain.job import Job
from shared.queue.turns import QUEUE, as_time, next_place, queue_of, take_place

FUNCTION = "process"
TIMEOUT_S = 1.0
KEPT = timedelta(days=1)
"""So long arq keeps a job; the sweeper rings again for what is still due then."""


def serialize(job: dict[str, Any]) -> bytes:
    """Encode what arq keeps of a job: JSON, never pickle."""
    return orjson.dumps(job, default=str)


def deserialize(data: bytes) -> dict[str, Any]:
    """Decode what `serialize` made."""
    decoded: dict[str, Any] = orjson.loads(data)
    return decoded


class RedisBell:
    """See `Bell`."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def ring(self, job: Job) -> bool:
        """Enqueue a job; False if Redis has it already. Raises UnavailableError without Redis.

        The id of the request that rings goes with it, for the worker's log.
        """
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._ring(job)
        except (RedisError, OSError, TimeoutError) as error:
            raise _silent(error) from error

    async def _ring(self, job: Job) -> bool:
        if await self._redis.exists(job_key_prefix + job.id):
            return False
        place = await next_place(self._redis, job)
        enqueued = await self._redis.enqueue_job(
            FUNCTION,
            job.tenant_id,
            job.image_id,
            job.revision,
            job.attempt,
            structlog.contextvars.get_contextvars().get("request_id"),
            _job_id=job.id,
            _queue_name=queue_of(job),
            _defer_until=as_time(place),
            _expires=KEPT,
        )
        if enqueued is None:
            return False
        await take_place(self._redis, job, place)
        if job.attempt > 0:
            await self._forget(replace(job, attempt=job.attempt - 1))
        return True

    async def _forget(self, job: Job) -> None:
        """Take away a job that nobody can claim any more.

        Where its worker was killed, arq would keep it, and step over it at each look into the
        queue, until its timeout. Where its worker lives, arq does the same at its end.
        """
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(queue_of(job), job.id)
            for prefix in (job_key_prefix, in_progress_key_prefix, retry_key_prefix):
                pipe.delete(prefix + job.id)
            await pipe.execute()

    async def is_stuck(self, job: Job) -> bool:
        """Whether Redis believes that a worker has begun the job: ask only of unclaimed ones."""
        try:
            status = await ArqJob(job.id, self._redis, _queue_name=queue_of(job)).status()
        except (RedisError, OSError, TimeoutError) as error:
            raise _silent(error) from error
        return status is JobStatus.in_progress

    async def ping(self) -> None:
        """Return if Redis answers, else raise UnavailableError."""
        try:
            await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise _silent(error) from error


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[ArqRedis]:
    """Make a client that connects when first used, and close it at the end."""
    pool = ConnectionPool.from_url(
        url, socket_connect_timeout=TIMEOUT_S, socket_timeout=5 * TIMEOUT_S
    )
    redis = ArqRedis(
        pool, job_serializer=serialize, job_deserializer=deserialize, default_queue_name=QUEUE
    )
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)


def _silent(error: BaseException) -> UnavailableError:
    return UnavailableError(f"Redis does not answer ({type(error).__name__}).", retry_after_s=5)
