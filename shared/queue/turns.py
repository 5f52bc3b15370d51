"""Whose turn it is: tenants share the workers, however many images one of them has waiting.

A job's place in the queue (arq's score, in no unit) is one behind its tenant's last job, but not
before the first that still waits: so a tenant that asks for little waits for one job of each other
tenant, not for all of them. Places begin at 1, long before the present, so arq waits for none.
"""

from datetime import UTC, datetime, timedelta

from arq.connections import ArqRedis

from shared.domain.job import Job

QUEUE = "fototeca:pictures"
ARRIVALS = "fototeca:arrivals"
"""Images whose bytes have to be brought in first: who waits for a network keeps no decoder idle."""

TURNS = {QUEUE: "fototeca:turns", ARRIVALS: "fototeca:arrivals:turns"}
"""A hash for each: every tenant's last place since the queue was last empty."""

FIRST_PLACE = 1
"""arq takes a job with the score 0 for one that is gone."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def queue_of(job: Job) -> str:
    """Return the queue in which a job waits: without a revision there are no bytes yet."""
    return QUEUE if job.revision else ARRIVALS


async def next_place(redis: ArqRedis, job: Job) -> int:
    """Return the place of a job that is not queued yet."""
    queue = queue_of(job)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zrange(queue, 0, 0, withscores=True)
        pipe.hget(TURNS[queue], str(job.tenant_id))
        first, last = await pipe.execute()
    if not first:
        await redis.delete(TURNS[queue])
        return FIRST_PLACE
    return max(int(first[0][1]), int(last or 0) + 1)


async def take_place(redis: ArqRedis, job: Job, place: int) -> None:
    """Remember that the tenant has had its turn."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hset(TURNS[queue_of(job)], str(job.tenant_id), str(place))
        await pipe.execute()


def as_time(place: int) -> datetime:
    """Return what arq makes that score of."""
    return _EPOCH + timedelta(milliseconds=place)
