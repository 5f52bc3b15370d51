"""Working on the images of operations: some of each in turn, each as its single call would.

What was done and the row that says so are written in one transaction: whatever dies, every image
is met once. A savepoint around each keeps one image's failure from the others of its batch.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.domain.errors import BusyError, DomainError, UnavailableError
from shared.domain.operation import Item, Operation, Outcome, Working
from shared.usecases.bulk.actions import ACTIONS
from shared.usecases.bulk.outcomes import outcome_of
from shared.usecases.ports import Database, Statements

BATCH = 25
"""Images in one transaction: a moment's work, so that nobody waits long for one of them."""

MAX_TRIES = 10
"""So often an image is met that is being processed: for about three minutes."""

_LONGEST_DELAY_S = 30.0

KEPT_BATCH = 5_000
"""Rows of ended operations that one round forgets."""


@dataclass(frozen=True, slots=True)
class Batches:
    """Tags, deletes and takes back, a batch at each turn."""

    database: Database
    retention_days: int

    async def work(self) -> int:
        """Change some images of the operation whose turn it is; return how many were met."""
        operation = await self.database.take_turn(reprocessing=False)
        if operation is None:
            return 0
        async with self.database.transaction() as statements:
            await statements.join_batches(operation.tenant_id, operation.id)
            items = await statements.lock_items(operation.tenant_id, operation.id, BATCH)
            outcomes = [
                await meet(statements, operation, item)
                for item in sorted(items, key=lambda item: item.image_id)
            ]
            await advance(statements, operation.tenant_id, operation.id, outcomes)
        return len(items)

    async def forget(self) -> int:
        """Forget operations that ended long ago, a bounded part; return how much went."""
        items = await self.database.forget_items(self.retention_days, KEPT_BATCH)
        return items + await self.database.forget_operations(self.retention_days, KEPT_BATCH)


async def meet(statements: Statements, operation: Operation, item: Item) -> Outcome | None:
    """Change one image and write down what came of it; None where it has to be met again."""
    working = working_of(operation, item)
    try:
        async with statements.savepoint():
            outcome = await ACTIONS[operation.order.kind](statements, operation, item)
    except UnavailableError:
        raise
    except DomainError as error:
        return await refused(statements, working, item, error)
    return outcome if await statements.finish_item(working, outcome) else None


async def refused(
    statements: Statements, working: Working, item: Item, error: DomainError
) -> Outcome | None:
    """Write down why an image could not be changed, or that it is to be met again later."""
    if isinstance(error, BusyError) and item.tries + 1 < MAX_TRIES:
        await statements.postpone_item(working, delay_s(item.tries))
        return None
    image = await statements.image_by_id(working.tenant_id, working.image_id)
    outcome = outcome_of(error, image)
    return outcome if await statements.finish_item(working, outcome) else None


async def advance(
    statements: Statements,
    tenant_id: int,
    operation_id: UUID,
    outcomes: Sequence[Outcome | None],
) -> None:
    """Count what became of some images; None is not counted."""
    finished = [outcome for outcome in outcomes if outcome is not None]
    failed = sum(outcome.reason is not None for outcome in finished)
    if finished:
        await statements.advance_operation(tenant_id, operation_id, len(finished) - failed, failed)


def working_of(operation: Operation, item: Item) -> Working:
    """Name one image of an operation."""
    return Working(operation.tenant_id, operation.id, item.image_id, item.revision)


def delay_s(tries: int) -> float:
    """Return the pause before an image is met again: doubling, bounded, with jitter."""
    longest = min(_LONGEST_DELAY_S, 2.0 ** min(tries, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311 only spreads the load
