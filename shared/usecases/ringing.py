"""Ringing after a commit: what Redis does not hear, the sweeper finds."""

import structlog

from shared.domain.errors import UnavailableError
from shared.domain.job import Job
from shared.usecases.ports import Bell

log = structlog.get_logger(__name__)


async def ring_or_leave(bell: Bell, job: Job) -> None:
    """Ring for a job that Postgres knows already; without Redis it is only later."""
    try:
        await bell.ring(job)
    except UnavailableError as error:
        log.warning("bell_unheard", job=job.id, detail=error.detail)
