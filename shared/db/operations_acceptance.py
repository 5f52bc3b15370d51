"""Accepting operations: the images that a filter means are counted and written down in batches.

A cursor sees one moment of the library, so that the set is settled then, however long the batches
take; each of them is a short statement, on connections that nothing else needs.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from shared.db.executor import Executor, in_transaction, translated
from shared.db.filters import FilterSql
from shared.db.idempotency import KeyTable
from shared.db.lending import Connection, Pool
from shared.db.listing import conditions_of
from shared.db.operations import operation_from
from shared.domain.errors import ConflictError
from shared.domain.expression import Node
from shared.domain.operation import Operation, Order
from shared.usecases.bulk.ports import Noting
from shared.usecases.lists_ports import Selection

if TYPE_CHECKING:
    from asyncpg.cursor import Cursor

CONNECTIONS = 2
SESSION = {"plan_cache_mode": "force_custom_plan", "jit": "off", "statement_timeout": "14000"}
BATCH = 10_000
MAX_RUNNING = 10
"""Operations of one tenant under way at once."""


class AcceptanceReader:
    """See `Acceptance`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def count(self, tenant_id: int, wanted: Node, cdn_base: str) -> int:
        async with in_transaction(self._pool) as connection:
            with translated():
                return await _count(await _meant(connection, tenant_id, wanted, cdn_base))

    async def accept(
        self,
        tenant_id: int,
        order: Order,
        wanted: Node,
        cdn_base: str,
        check: Callable[[int], None],
        noting: Noting,
    ) -> Operation:
        async with self._accepting(tenant_id) as connection:
            with translated():
                check(await _count(await _meant(connection, tenant_id, wanted, cdn_base)))
                operation_id = await _insert(connection, tenant_id, order)
                meant = await _meant(connection, tenant_id, wanted, cdn_base)
                total = await _write_down(connection, tenant_id, operation_id, meant)
            check(total)  # the library went on while it was counted
            await noting(_keys(connection), operation_id)
            return await _settled(connection, tenant_id, operation_id, total)

    async def accept_undo(
        self, tenant_id: int, order: Order, undo_of: UUID, noting: Noting
    ) -> Operation:
        async with self._accepting(tenant_id) as connection:
            operation_id = await _insert(connection, tenant_id, order)
            # only now: an earlier undo was cancelled by then, or there would be no row
            await _executor(connection).rows("wait_for_batches", tenant_id, undo_of)
            await noting(_keys(connection), operation_id)
            total = await _write_down_undo(connection, tenant_id, operation_id, undo_of)
            return await _settled(connection, tenant_id, operation_id, total)

    @asynccontextmanager
    async def _accepting(self, tenant_id: int) -> "AsyncIterator[Connection]":
        """Lend a transaction in which this tenant, and no other of its callers, may begin one."""
        async with in_transaction(self._pool) as connection:
            executor = _executor(connection)
            (lock,) = await executor.rows("lock_acceptance", tenant_id)
            if not lock["locked"]:
                raise ConflictError(
                    "Another operation is being accepted at this moment; try again.",
                    retry_after_s=2,
                )
            (row,) = await executor.rows("running_operations", tenant_id)
            if row["running"] >= MAX_RUNNING:
                raise ConflictError(
                    f"{MAX_RUNNING} operations are running, and there may be no more at once: wait "
                    "for one of them, or cancel it; GET /operations shows them.",
                    retry_after_s=30,
                )
            yield connection


def _executor(connection: "Connection") -> Executor:
    return Executor(lambda: nullcontext(connection))


def _keys(connection: "Connection") -> KeyTable:
    return KeyTable(lambda: nullcontext(connection))


async def _meant(
    connection: "Connection", tenant_id: int, wanted: Node, cdn_base: str
) -> "Cursor[asyncpg.Record]":
    sql = FilterSql(cdn_base)
    where = " AND ".join(conditions_of(tenant_id, Selection(wanted), sql))
    query = f"SELECT id, revision FROM images WHERE {where}"
    return await connection.cursor(query, *sql.args)


async def _count(meant: "Cursor[asyncpg.Record]") -> int:
    total = 0
    while passed := await meant.forward(BATCH):
        total += passed
    return total


async def _write_down(
    connection: "Connection", tenant_id: int, operation_id: UUID, meant: "Cursor[asyncpg.Record]"
) -> int:
    total = 0
    while rows := await meant.fetch(BATCH):
        columns = [row["id"] for row in rows], [row["revision"] for row in rows]
        await _executor(connection).rows("insert_items", tenant_id, operation_id, *columns)
        total += len(rows)
    return total


async def _write_down_undo(
    connection: "Connection", tenant_id: int, operation_id: UUID, undo_of: UUID
) -> int:
    executor, total, last = _executor(connection), 0, 0
    while rows := await executor.rows(
        "insert_undo_items", tenant_id, operation_id, undo_of, last, BATCH
    ):
        total, last = total + len(rows), max(row["image_id"] for row in rows)
    return total


async def _insert(connection: "Connection", tenant_id: int, order: Order) -> UUID:
    row = await _executor(connection).row(
        "insert_operation",
        tenant_id,
        uuid7(),
        order.kind.value,
        order.filter,
        list(order.add_tags),
        list(order.remove_tags),
        order.undo_of,
    )
    if row is None:
        raise ConflictError("This operation was undone, or is being undone, already.")
    return UUID(str(row["id"]))


async def _settled(
    connection: "Connection", tenant_id: int, operation_id: UUID, total: int
) -> Operation:
    (row,) = await _executor(connection).rows("settle_total", tenant_id, operation_id, total)
    return operation_from(row)
