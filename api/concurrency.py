"""A limit on how many requests do something at once; those that wait too long are refused (503)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.domain.errors import UnavailableError


class ConcurrencyLimit:
    """At most `places` at once; a place is waited for for at most `wait_s` seconds."""

    def __init__(self, places: int, wait_s: float) -> None:
        self._free = asyncio.Semaphore(places)
        self._wait_s = wait_s

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place while the body runs; raises UnavailableError if none is free in time."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError as error:
            raise UnavailableError(
                "Too many downloads are under way; try again in a moment.", retry_after_s=5
            ) from error
        try:
            yield
        finally:
            self._free.release()
