"""The relay's rounds: numbering all the time, so that news is not old, and sweeping now and then.

They need Postgres alone, and so outlive Redis and S3.
"""

import asyncio
from collections.abc import Sequence

from shared.usecases.events.relay import Relay
from worker.rounds import Round, repeat

NUMBERING_INTERVAL_S = 0.1
SWEEPING_INTERVAL_S = 60.0

REST = 4.0
LONGEST_REST_S = 0.5
"""After a round, in its own lengths: while a backup holds an old snapshot, rows that were numbered
stay in the way (measured: 70 ms a look after half a million), and looking must not fill a core."""


def relaying(relay: Relay) -> Sequence[Round]:
    """Number and sweep, each on its own."""

    async def number() -> int:
        began = asyncio.get_running_loop().time()
        await relay.number()
        took_s = asyncio.get_running_loop().time() - began
        await asyncio.sleep(min(LONGEST_REST_S, REST * took_s))
        return 0  # ten lines a second would say nothing that the events do not

    return (
        repeat("number_events", number, NUMBERING_INTERVAL_S),
        repeat("sweep_events", relay.sweep, SWEEPING_INTERVAL_S),
    )
