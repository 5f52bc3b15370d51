"""What operations need of Postgres, as protocols; `shared/db/operations*.py` has the adapters."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias
from uuid import UUID

from shared.domain.expression import Node
from shared.domain.operation import FailedItem, Item, Operation, Order, Outcome, Working
from shared.usecases.idempotency.ports import KeyStatements

Noting: TypeAlias = Callable[[KeyStatements, UUID], Awaitable[None]]
"""Writes down, where a request is answered once, which operation it has begun."""


class OperationStatements(Protocol):
    """Operations and their images; those of the worker are over all tenants."""

    def savepoint(self) -> AbstractAsyncContextManager[None]: ...
    async def operation_by_id(self, tenant_id: int, operation_id: UUID) -> Operation | None: ...
    async def list_operations(
        self, tenant_id: int, before: UUID | None, limit: int
    ) -> list[Operation]: ...
    async def failed_items(
        self, tenant_id: int, operation_id: UUID, limit: int
    ) -> list[FailedItem]: ...
    async def cancel_operation(self, tenant_id: int, operation_id: UUID) -> bool: ...
    async def take_turn(self, *, reprocessing: bool) -> Operation | None: ...
    async def join_batches(self, tenant_id: int, operation_id: UUID) -> None: ...
    async def lock_items(self, tenant_id: int, operation_id: UUID, limit: int) -> list[Item]: ...
    async def begin_item(self, item: Working, look_in_s: float) -> bool: ...
    async def postpone_item(self, item: Working, due_in_s: float) -> bool: ...
    async def finish_item(self, item: Working, outcome: Outcome) -> bool: ...
    async def advance_operation(
        self, tenant_id: int, operation_id: UUID, done: int, failed: int
    ) -> None: ...
    async def working_items(self, limit: int) -> list[Working]: ...
    async def forget_items(self, days: int, limit: int) -> int: ...
    async def forget_operations(self, days: int, limit: int) -> int: ...


class Acceptance(Protocol):
    """Settling which images an operation means, in transactions of their own.

    `check` is told how many images there are, and raises where these are not as many as expected;
    `noting` is called in the transaction that writes the operation down.
    """

    async def count(self, tenant_id: int, wanted: Node, cdn_base: str) -> int: ...
    async def accept(
        self,
        tenant_id: int,
        order: Order,
        wanted: Node,
        cdn_base: str,
        check: Callable[[int], None],
        noting: Noting,
    ) -> Operation: ...
    async def accept_undo(
        self, tenant_id: int, order: Order, undo_of: UUID, noting: Noting
    ) -> Operation: ...
