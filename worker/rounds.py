"""What a worker does all the time besides jobs: sweep and report, whatever dies meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from shared.domain.errors import UnavailableError
from shared.usecases.ports import Database
from shared.usecases.processing.sweeping import Sweeper
from worker.report import Tally

log = structlog.get_logger(__name__)

REPORT_INTERVAL_S = 3.0


async def sweep_forever(sweeper: Sweeper, interval_s: float) -> None:
    """Ring, delete and clear up, each on its own: one that cannot must not keep the others."""
    await asyncio.gather(
        repeat("ring_due", sweeper.ring_due, interval_s),
        repeat("delete_due", sweeper.delete_due, interval_s),
        repeat("clear_uploads", sweeper.clear_uploads, interval_s),
        repeat("forget_keys", sweeper.forget_keys, interval_s),
        repeat("end_references", sweeper.end_references, interval_s),
        repeat("forget_images", sweeper.forget_images, interval_s),
        repeat("forget_categories", sweeper.forget_categories, interval_s),
    )


async def report_forever(database: Database, worker_id: UUID, tally: Tally) -> None:
    """Say what was done so far."""

    async def report() -> int:
        await database.report_worker(worker_id, tally.as_report())
        return 0

    await repeat("report", report, REPORT_INTERVAL_S)


async def repeat(name: str, action: Callable[[], Awaitable[int]], interval_s: float) -> None:
    """Act at intervals; a failure is logged and its turn comes again."""
    structlog.contextvars.bind_contextvars(round=name)
    while True:
        if done := await attempt(action):
            log.info("round", done=done)
        await asyncio.sleep(interval_s)


async def attempt(action: Callable[[], Awaitable[int]]) -> int:
    """Act once, and return how much was done; of a failure, which is logged, nothing."""
    try:
        return await action()
    except UnavailableError as error:
        log.warning("round_postponed", detail=error.detail)
    except Exception:
        log.exception("round_failed")
    return 0
