"""Operations on many images, beside jobs: they need no bell, and Redis is not asked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from shared.domain.operation import Working
from shared.usecases.bulk.items import Batches
from shared.usecases.bulk.lane import Lane
from worker.process import Worker
from worker.rounds import Round, attempt, repeat

IDLE_S = 0.5
"""Between two looks for an operation where there was none."""

PAUSE_S = 1.0
"""Between two looks at an image that is to be tried again."""

FORGET_INTERVAL_S = 10.0


@dataclass(frozen=True, slots=True)
class BulkWorker:
    """What operations need; `worker` has decoders of its own, which stand back for uploads'."""

    lane: Lane
    batches: Batches
    worker: Worker
    slots: int

    async def reprocess_one(self) -> int:
        """Reprocess an image, if there is one; return once it has left Re."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(round="reprocess_in_bulk")
        if await self.worker.disk.is_full():
            return 0
        met, reserved = await self.lane.reserve()
        if reserved is not None:
            await self.worker.process(reserved.job, is_reserved=True)
            await self._wait_until_settled(reserved.working)
        return met

    async def _wait_until_settled(self, working: Working) -> None:
        while True:
            if await self.lane.settle(working):
                return
            await asyncio.sleep(PAUSE_S)


def working_in_bulk(bulk: BulkWorker, interval_s: float) -> Sequence[Round]:
    """Reprocess in as many places as there are, and do what else operations ask for beside it."""
    return (
        *(_busily(bulk.reprocess_one) for _ in range(bulk.slots)),
        _busily(bulk.batches.work),
        repeat("settle_in_bulk", bulk.lane.settle_due, interval_s),
        repeat("forget_operations", bulk.batches.forget, FORGET_INTERVAL_S),
    )


async def _busily(action: Callable[[], Awaitable[int]]) -> None:
    """Act again and again, at once while there is something to do."""
    while True:
        if not await attempt(action):
            await asyncio.sleep(IDLE_S)
