"""So many at once and no more: who waits too long for a place is told to come again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.domain.errors import UnavailableError


class Turnstile:
    """`places` at once; at most `patience_s` seconds of waiting for one."""

    def __init__(self, places: int, patience_s: float) -> None:
        self._free = asyncio.Semaphore(places)
        self._patience_s = patience_s

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Take a place while the body runs."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError as error:
            raise UnavailableError(
                "Too many downloads are under way; try again in a moment.", retry_after_s=5
            ) from error
        try:
            yield
        finally:
            self._free.release()
