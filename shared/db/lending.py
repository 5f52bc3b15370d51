"""Connections that are lent again and again without a way back to asyncpg's pool in between.

To acquire one there and to release it, for each statement, was measured to take a tenth of the
time that this process has for a look-up.
"""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from shared.db.executor import ACQUIRE_TIMEOUT_S

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

LONGEST_IDLE_S = 300.0
"""As asyncpg's pool: who stands between may have forgotten a connection that was silent longer."""


class Lender:
    """The only borrower of a pool; what runs on its sessions changes nothing about them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._free: list[tuple[Connection, float]] = []
        self._places = asyncio.Semaphore(pool.get_max_size())

    def __call__(self) -> "Loan":
        """Lend a connection."""
        return Loan(self)

    async def take(self) -> Connection:
        """Return the connection that was used last, or one of the pool's."""
        if self._places.locked():
            async with asyncio.timeout(ACQUIRE_TIMEOUT_S):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            return await self._next()
        except BaseException:
            self._places.release()
            raise

    async def give_back(self, connection: Connection, *, is_clean: bool) -> None:
        """Keep it for the next one, unless a statement failed: then the pool looks after it."""
        try:
            if is_clean:
                self._free.append((connection, asyncio.get_running_loop().time()))
            else:
                await self._pool.release(connection)
        finally:
            self._places.release()

    async def _next(self) -> Connection:
        now = asyncio.get_running_loop().time()
        while self._free:
            connection, since = self._free.pop()
            try:
                is_closed = connection.is_closed()
            except asyncpg.InterfaceError:  # it was lost, and the pool has taken it back by itself
                continue
            if not is_closed and now - since < LONGEST_IDLE_S:
                return connection
            connection.terminate()
            await self._pool.release(connection)
        return await self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S)


class Loan:
    """One connection for a while."""

    __slots__ = ("_connection", "_lender")

    def __init__(self, lender: Lender) -> None:
        self._lender = lender

    async def __aenter__(self) -> Connection:
        """Wait for a connection."""
        self._connection = await self._lender.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Give it back."""
        await self._lender.give_back(self._connection, is_clean=kind is None)
