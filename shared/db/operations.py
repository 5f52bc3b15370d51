"""Statements on operations and on their images."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from shared.db.executor import Executor, is_lost, translated
from shared.domain.operation import (
    FailedItem,
    Item,
    Operation,
    OperationKind,
    OperationState,
    Order,
    Outcome,
    Working,
)


def operation_from(row: asyncpg.Record) -> Operation:
    """Build an operation from its row."""
    return Operation(
        tenant_id=row["tenant_id"],
        id=row["id"],
        order=Order(
            OperationKind(row["kind"]),
            row["filter"],
            tuple(row["add_tags"]),
            tuple(row["remove_tags"]),
            row["undo_of"],
        ),
        state=OperationState(row["state"]),
        total=row["total"],
        done=row["done"],
        failed=row["failed"],
        created_on=row["created_on"],
        finished_on=row["finished_on"],
        undone_by=row["undone_by"],
    )


class OperationTable(Executor):
    """See `OperationStatements`."""

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Lend a savepoint: roll back to it if the body raises. Only within a transaction."""
        async with self._borrow() as connection:
            with translated():
                mark = connection.transaction()
                await mark.start()
            try:
                yield
            except BaseException:
                if not is_lost(connection):
                    with translated():
                        await mark.rollback()
                raise
            with translated():
                await mark.commit()

    async def operation_by_id(self, tenant_id: int, operation_id: UUID) -> Operation | None:
        row = await self.row("operation_by_id", tenant_id, operation_id)
        return operation_from(row) if row else None

    async def list_operations(
        self, tenant_id: int, before: UUID | None, limit: int
    ) -> list[Operation]:
        rows = await self.rows("list_operations", tenant_id, before, limit)
        return [operation_from(row) for row in rows]

    async def failed_items(
        self, tenant_id: int, operation_id: UUID, limit: int
    ) -> list[FailedItem]:
        rows = await self.rows("failed_items", tenant_id, operation_id, limit)
        return [FailedItem(**dict(row)) for row in rows]

    async def cancel_operation(self, tenant_id: int, operation_id: UUID) -> bool:
        return await self.row("cancel_operation", tenant_id, operation_id) is not None

    async def take_turn(self, *, reprocessing: bool) -> Operation | None:
        row = await self.row("take_turn", reprocessing)
        return operation_from(row) if row else None

    async def join_batches(self, tenant_id: int, operation_id: UUID) -> None:
        await self.rows("join_batches", tenant_id, operation_id)

    async def lock_items(self, tenant_id: int, operation_id: UUID, limit: int) -> list[Item]:
        rows = await self.rows("lock_items", tenant_id, operation_id, limit)
        return [
            Item(
                row["image_id"],
                row["revision"],
                row["tries"],
                row["row_version"],
                tuple(row["tags_before"] or ()),
            )
            for row in rows
        ]

    async def begin_item(self, item: Working, look_in_s: float) -> bool:
        return await self.row("begin_item", *_key(item), look_in_s) is not None

    async def postpone_item(self, item: Working, due_in_s: float) -> bool:
        return await self.row("postpone_item", *_key(item), due_in_s) is not None

    async def finish_item(self, item: Working, outcome: Outcome) -> bool:
        before = None if outcome.tags_before is None else list(outcome.tags_before)
        row = await self.row(
            "finish_item",
            *_key(item),
            outcome.reason,
            outcome.detail,
            outcome.reference,
            outcome.row_version,
            before,
        )
        return row is not None

    async def advance_operation(
        self, tenant_id: int, operation_id: UUID, done: int, failed: int
    ) -> None:
        await self.rows("advance_operation", tenant_id, operation_id, done, failed)

    async def working_items(self, limit: int) -> list[Working]:
        return [Working(**dict(row)) for row in await self.rows("working_items", limit)]

    async def forget_items(self, days: int, limit: int) -> int:
        return len(await self.rows("forget_items", days, limit))

    async def forget_operations(self, days: int, limit: int) -> int:
        return len(await self.rows("forget_operations", days, limit))


def _key(item: Working) -> tuple[int, UUID, int]:
    return item.tenant_id, item.operation_id, item.image_id
