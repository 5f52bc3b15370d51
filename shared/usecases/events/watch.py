"""Waiting for a tenant's next event: one question to Postgres for all who wait, at intervals."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from shared.cancellation import keep_cancellation
from shared.domain.errors import TooManyStreamsError, UnavailableError
from shared.usecases.events.ports import EventStatements

log = structlog.get_logger(__name__)

INTERVAL_S = 0.2
MAX_PER_TENANT = 20
MAX_IN_ALL = 500
"""Of one process."""

RETRY_AFTER_S = 10


class Listener:
    """One who waits: woken when its tenant has news, and when all have to leave."""

    def __init__(self, seq: int) -> None:
        self.newest = seq
        self.woken = asyncio.Event()

    def hear(self, newest: int) -> None:
        """Learn the tenant's newest number."""
        if newest > self.newest:
            self.newest = newest
            self.woken.set()

    async def wait(self, within_s: float) -> None:
        """Return when there is something new, or after that time."""
        try:
            async with asyncio.timeout(within_s):
                await self.woken.wait()
        except TimeoutError:
            return
        self.woken.clear()


class Watch:
    """All who listen in this process."""

    def __init__(self, statements: EventStatements) -> None:
        self._statements = statements
        self._listeners: dict[int, set[Listener]] = defaultdict(set)
        self.is_closing = False

    @contextmanager
    def listening(self, tenant_id: int, seq: int) -> Iterator[Listener]:
        """Listen from `seq` on, if there is room for one more."""
        if len(self._listeners.get(tenant_id, ())) >= MAX_PER_TENANT:
            raise TooManyStreamsError(
                f"The tenant has {MAX_PER_TENANT} streams open here already; close one first.",
                retry_after_s=RETRY_AFTER_S,
            )
        if sum(map(len, self._listeners.values())) >= MAX_IN_ALL:
            raise UnavailableError(
                "Too many streams are open; try again in a moment.", retry_after_s=RETRY_AFTER_S
            )
        listener = Listener(seq)
        self._listeners[tenant_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[tenant_id].discard(listener)
            if not self._listeners[tenant_id]:
                del self._listeners[tenant_id]

    async def follow(self) -> None:
        """Ask until cancelled, whatever becomes of Postgres meanwhile."""
        while True:
            try:
                await self._ask()
            except UnavailableError as error:
                keep_cancellation()
                log.warning("events_unheard", detail=error.detail)
            except Exception:
                keep_cancellation()
                log.exception("events_unheard")
            await asyncio.sleep(INTERVAL_S)

    async def _ask(self) -> None:
        if not self._listeners:
            return
        heads = await self._statements.event_heads(list(self._listeners))
        for tenant_id, seq in heads.items():
            for listener in self._listeners.get(tenant_id, ()):
                listener.hear(seq)

    def close(self) -> None:
        """Have everybody leave."""
        self.is_closing = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.woken.set()
