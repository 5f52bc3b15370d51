"""The relay's rounds: numbering all the time, so that news is not old, and sweeping now and then.

They need Postgres alone, and so outlive Redis and S3.
"""

import asyncio

from shared.usecases.events_relay import Relay
from worker.rounds import repeat

NUMBERING_INTERVAL_S = 0.1
SWEEPING_INTERVAL_S = 60.0


async def relay_forever(relay: Relay) -> None:
    """Number and sweep, each on its own."""

    async def number() -> int:
        await relay.number()
        return 0  # ten lines a second would say nothing that the events do not

    await asyncio.gather(
        repeat("number_events", number, NUMBERING_INTERVAL_S),
        repeat("sweep_events", relay.sweep, SWEEPING_INTERVAL_S),
    )
