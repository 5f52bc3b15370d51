"""What a worker does all the time besides jobs: sweep and report, whatever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

import structlog

from shared.cancellation import keep_cancellation
from shared.domain.errors import UnavailableError
from shared.usecases.ports import Database
from shared.usecases.processing.sweeping import Sweeper
from worker.report import Tally

log = structlog.get_logger(__name__)

REPORT_INTERVAL_S = 3.0
UNHEARD_S = 1.5

Round: TypeAlias = Coroutine[Any, Any, None]
"""A coroutine that runs until it is cancelled."""


@asynccontextmanager
async def begun(rounds: Iterable[Round]) -> AsyncIterator[Sequence[asyncio.Task[None]]]:
    """Run all of these as tasks while the body runs; at its end all are cancelled and awaited.

    Not with `asyncio.gather`, which ends with the first task that has heard its cancellation: one
    that has not would go on for ever.
    """
    tasks = [asyncio.create_task(each) for each in rounds]
    try:
        yield tasks
    finally:
        await _end(set(tasks))


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel again until each task has ended: an error can swallow a cancellation."""
    while tasks:
        for task in tasks:
            task.cancel()
        ended, tasks = await asyncio.wait(tasks, timeout=UNHEARD_S)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("task_failed", error=repr(error))


def sweeping(sweeper: Sweeper, interval_s: float) -> Sequence[Round]:
    """Run each kind of sweep in a round of its own: a failing one does not hold up the others."""
    return (
        repeat("ring_due", sweeper.ring_due, interval_s),
        repeat("delete_due", sweeper.delete_due, interval_s),
        repeat("clear_uploads", sweeper.clear_uploads, interval_s),
        repeat("forget_keys", sweeper.forget_keys, interval_s),
        repeat("end_references", sweeper.end_references, interval_s),
        repeat("forget_images", sweeper.forget_images, interval_s),
        repeat("forget_categories", sweeper.forget_categories, interval_s),
    )


async def report_forever(database: Database, worker_id: UUID, tally: Tally) -> None:
    """Report this worker's tally to Postgres at intervals."""

    async def report() -> int:
        await database.report_worker(worker_id, tally.as_report())
        return 0

    await repeat("report", report, REPORT_INTERVAL_S)


async def repeat(name: str, action: Callable[[], Awaitable[int]], interval_s: float) -> None:
    """Run `action` at intervals; a failure is logged, and the next interval tries again."""
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
        keep_cancellation()
        log.warning("round_postponed", detail=error.detail)
    except Exception:
        keep_cancellation()
        log.exception("round_failed")
    return 0
