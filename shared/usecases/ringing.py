"""Enqueueing after a commit: what Redis does not get, the sweeper enqueues later."""

import structlog

from shared.domain.errors import UnavailableError
from shared.domain.job import Job
from shared.usecases.ports import Bell

log = structlog.get_logger(__name__)


async def ring_or_leave(bell: Bell, job: Job) -> None:
    """Enqueue a job that is committed to Postgres already; without Redis it is only done later."""
    try:
        await bell.ring(job)
    except UnavailableError as error:
        log.warning("bell_unheard", job=job.id, detail=error.detail)
