"""No tenant takes all the places there are: who has had its share waits, and others do not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.domain.errors import UnavailableError


@dataclass(slots=True)
class _Gate:
    places: asyncio.Semaphore
    callers: int = 0


class FairPlaces:
    """At most `each` callers of a tenant at once; more wait, for `longest_s` at most."""

    def __init__(self, each: int, longest_s: float) -> None:
        self._each = each
        self._longest_s = longest_s
        self._gates: dict[int, _Gate] = {}

    @asynccontextmanager
    async def of(self, tenant_id: int) -> AsyncIterator[None]:
        """Hold one of the tenant's places. Raises UnavailableError where none gets free in time."""
        gate = self._gates.setdefault(tenant_id, _Gate(asyncio.Semaphore(self._each)))
        gate.callers += 1
        try:
            await self._enter(gate.places)
            try:
                yield
            finally:
                gate.places.release()
        finally:
            gate.callers -= 1
            if not gate.callers:
                del self._gates[tenant_id]

    async def _enter(self, places: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._longest_s):
                await places.acquire()
        except TimeoutError:
            raise UnavailableError(
                "Too many slow lists of this tenant at once: ask for fewer, or narrow them.",
                retry_after_s=5,
            ) from None
