"""Webhooks' rounds: whoever is due gets a turn, the healthy and the failing in lanes of their own.

So a receiver that hangs holds a place only once among the others. Needs Postgres alone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from shared.cancellation import keep_cancellation
from shared.domain.errors import UnavailableError
from shared.outgoing.requests import Limits, Outgoing
from shared.usecases.webhooks.delivery import Deliverer
from worker.rounds import Round

log = structlog.get_logger(__name__)

HEALTHY = 64
FAILING = 32
"""Turns at once, of one worker."""

POLL_S = 0.2
LIMITS = Limits(total_s=15.0, idle_s=10.0, max_bytes=0)


@dataclass(frozen=True, slots=True)
class OutgoingCourier:
    """See `Courier`."""

    outgoing: Outgoing

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send once; redirects are not followed."""
        return (await self.outgoing.post(url, body, headers, LIMITS)).status


def delivering(deliverer: Deliverer) -> Sequence[Round]:
    """Give turns until cancelled; then those that run are settled as far as they came."""
    return (
        _lane(deliverer, HEALTHY, failing=False),
        _lane(deliverer, FAILING, failing=True),
    )


async def _lane(deliverer: Deliverer, places: int, *, failing: bool) -> None:
    running: set[asyncio.Task[None]] = set()
    ended = asyncio.Event()

    def end(task: asyncio.Task[None]) -> None:
        running.discard(task)
        ended.set()

    try:
        while True:
            try:
                free = places - len(running)
                turns = await deliverer.claim(free, failing=failing) if free else []
            except UnavailableError as error:
                keep_cancellation()
                log.warning("turns_postponed", detail=error.detail)
                turns = []
            for turn in turns:
                task = asyncio.create_task(deliverer.serve(turn))
                running.add(task)
                task.add_done_callback(end)
            ended.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await ended.wait()  # who has had a turn may be due again
    finally:
        ending = list(running)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
