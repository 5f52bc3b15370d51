"""The one place where asyncpg's errors become the domain's."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import orjson

from shared.db.statements import SQL
from shared.domain.errors import UnavailableError
from shared.domain.quota import quota_exceeded

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Borrow: TypeAlias = "Callable[[], AbstractAsyncContextManager[PoolConnectionProxy[asyncpg.Record]]]"

TRANSIENT_SQLSTATE_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
"""Connection, rollback, resources, not in state, operator intervention, system: retry later."""

QUOTA_EXCEEDED = "FT507"
"""Raised by `settle_usage` at the commit that would exceed one."""

ACQUIRE_TIMEOUT_S = 5.0

LOST = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises where a session has ended; the last where it was told so, just before."""


class SlowStatementError(UnavailableError):
    """A statement was ended because it took longer than it may."""


class translated:  # noqa: N801 it reads as the function that it was
    """Raise UnavailableError for whatever may succeed when tried again; let bugs through."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        """Translate the exception, if there is one."""
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate == QUOTA_EXCEEDED:
            raise quota_exceeded(orjson.loads(error.detail or "")) from error
        if error is not None and _may_pass(error):
            raise unavailable(error) from error


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in TRANSIENT_SQLSTATE_CLASSES
    ours = isinstance(error, asyncpg.exceptions.DataError)
    return isinstance(error, LOST) and not ours


def unavailable(error: BaseException) -> UnavailableError:
    """Return an UnavailableError that keeps the driver's message for the log."""
    kind = SlowStatementError if isinstance(error, asyncpg.QueryCanceledError) else UnavailableError
    return kind(
        f"The database does not answer ({type(error).__name__}); try again in a moment.",
        retry_after_s=5,
    )


class Executor:
    """Runs named statements on whatever connection `borrow` lends."""

    def __init__(self, borrow: Borrow) -> None:
        self._borrow = borrow

    async def row(self, name: str, *args: Any) -> asyncpg.Record | None:
        """Return the first row of a named statement."""
        with translated():
            async with self._borrow() as connection:
                return await connection.fetchrow(SQL[name], *args)

    async def rows(self, name: str, *args: Any) -> list[asyncpg.Record]:
        """Return all rows of a named statement."""
        return await self.rows_of(SQL[name], *args)

    async def rows_of(
        self, sql: str, *args: Any, timeout_s: float | None = None
    ) -> list[asyncpg.Record]:
        """Return all rows of a composed statement, within the pool's time or less."""
        with translated():
            async with self._borrow() as connection:
                try:
                    return await connection.fetch(sql, *args, timeout=timeout_s)
                except TimeoutError as error:
                    raise SlowStatementError("The database takes too long.") from error


@asynccontextmanager
async def in_transaction(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
    """Lend one connection within a transaction that commits at the end or not at all."""
    with translated():
        connection = await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
    try:
        transaction = connection.transaction()
        with translated():
            await transaction.start()
        try:
            yield connection
        except BaseException:
            await _undo(connection, transaction)
            raise
        with translated():
            await transaction.commit()
    finally:
        with translated():
            await pool.release(connection)


async def _undo(
    connection: "PoolConnectionProxy[asyncpg.Record]", transaction: asyncpg.transaction.Transaction
) -> None:
    """Roll back. Where that fails the session ends, which does the same.

    What went wrong first, a cancellation too, must not give way to what goes wrong here.
    """
    try:
        if not is_lost(connection):
            await transaction.rollback()
    except (asyncpg.PostgresError, *LOST):
        if not is_lost(connection):
            connection.terminate()


def is_lost(connection: "PoolConnectionProxy[asyncpg.Record]") -> bool:
    """Whether the session has ended; the pool may have taken the connection back since."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True
