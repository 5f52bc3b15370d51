"""Operations as callers see them: count what is meant, begin, look, cancel, take back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.domain.errors import ConflictError, NotFoundError
from shared.domain.expression import Node
from shared.domain.image import Tenant
from shared.domain.operation import UNDO, FailedItem, Operation, OperationState, Order
from shared.usecases.bulk.ports import Acceptance, Noting
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim, KeyStatements
from shared.usecases.ports import Database

TOLERANCE_PERCENT = 1
"""By so much the count may differ from what the caller saw."""

MAX_FAILURES_TOLD = 100


@dataclass(frozen=True, slots=True)
class Operations:
    """Changes to many images at once."""

    database: Database

    @property
    def _acceptance(self) -> Acceptance:
        return self.database.acceptance

    async def count(self, tenant: Tenant, wanted: Node, cdn_base: str) -> int:
        """Return how many images a filter means, exactly."""
        return await self._acceptance.count(tenant.id, wanted, cdn_base)

    async def begin(
        self,
        tenant: Tenant,
        order: Order,
        wanted: Node,
        cdn_base: str,
        expected: int,
        claim: Claim | None = None,
    ) -> Operation:
        """Settle which images are meant, if they are as many as the caller expects; go on later.

        What an earlier try of the same request has begun is returned as it is now.
        """
        if (begun := await self._begun(tenant, claim)) is not None:
            return begun
        return await self._acceptance.accept(
            tenant.id, order, wanted, cdn_base, checker(expected), _noting(claim)
        )

    async def _begun(self, tenant: Tenant, claim: Claim | None) -> Operation | None:
        for resource in claim.resources if claim is not None else ():
            return await self.show(tenant, UUID(resource))
        return None

    async def show(self, tenant: Tenant, operation_id: UUID) -> Operation:
        """Return one operation."""
        found = await self.database.operation_by_id(tenant.id, operation_id)
        if found is None:
            raise NotFoundError(f"There is no operation {operation_id}.")
        return found

    async def failures(self, operation: Operation) -> Sequence[FailedItem]:
        """Return the first images with which it did not succeed."""
        return await self.database.failed_items(
            operation.tenant_id, operation.id, MAX_FAILURES_TOLD
        )

    async def page(self, tenant: Tenant, before: UUID | None, limit: int) -> Sequence[Operation]:
        """Return the tenant's operations before one, or the last ones, the newest first."""
        return await self.database.list_operations(tenant.id, before, limit)

    async def cancel(self, tenant: Tenant, operation_id: UUID) -> Operation:
        """Begin no further image; those that were changed stay so. To cancel twice is once."""
        await self.database.cancel_operation(tenant.id, operation_id)
        operation = await self.show(tenant, operation_id)
        if operation.state is OperationState.DONE:
            raise ConflictError("The operation is done already; nothing is left to cancel.")
        return operation

    async def undo(
        self, tenant: Tenant, operation_id: UUID, claim: Claim | None = None
    ) -> Operation:
        """Take back what an operation changed, in another one."""
        if (begun := await self._begun(tenant, claim)) is not None:
            return begun
        undone = await self.show(tenant, operation_id)
        kind = UNDO.get(undone.order.kind)
        if kind is None:
            raise ConflictError(
                f"Of operations, {' and '.join(UNDO)} can be undone, {undone.order.kind} cannot."
            )
        if undone.state is OperationState.RUNNING:
            raise ConflictError("The operation is running: cancel it or wait for its end first.")
        order = Order(
            kind, undone.order.filter, undone.order.add_tags, undone.order.remove_tags, undone.id
        )
        return await self._acceptance.accept_undo(tenant.id, order, undone.id, _noting(claim))


def _noting(claim: Claim | None) -> Noting:
    async def noting(statements: KeyStatements, operation_id: UUID) -> None:
        await note(statements, claim, str(operation_id))

    return noting


def checker(expected: int) -> Callable[[int], None]:
    """Return what refuses a count too far from what was expected, and says it."""

    def check(count: int) -> None:
        if abs(count - expected) * 100 > expected * TOLERANCE_PERCENT:
            raise ConflictError(
                f"The filter selects {count} images now, not {expected}: look again what it "
                f"selects, and send expectedCount={count} if that is what you want.",
                field="expectedCount",
            )

    return check
