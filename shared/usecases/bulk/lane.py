"""The lane of its own in which operations reprocess.

An image enters Re only when its item is claimed, and is this worker's at once: the bell is not rung
for it, so that it never stands before an upload in the queue. A claim keeps its place until the
image has left Re: however long S3 is away, no more images are in Re than there are places. Where a
worker dies, the lease of its few images runs out, and they are due as after any other death.
"""

from dataclasses import dataclass, replace

from shared.domain.errors import DomainError, UnavailableError
from shared.domain.image import Image
from shared.domain.job import Job
from shared.domain.operation import Item, Operation, Outcome, Working
from shared.domain.status import Status
from shared.usecases.bulk.actions import by_id
from shared.usecases.bulk.items import advance, refused, working_of
from shared.usecases.bulk.outcomes import check_present, check_same_bytes, outcome_of, purged
from shared.usecases.editing.changing import REPROCESSING, change, lock
from shared.usecases.editing.conditions import ANY
from shared.usecases.ports import Database, Statements

LOOKED_AT = 200
"""Begun images at which one round looks."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """An image that is in Re; nobody else is told of its job until the lease runs out."""

    working: Working
    job: Job


@dataclass(frozen=True, slots=True)
class Lane:
    """Reprocesses one image after the other, of whichever tenant's turn it is."""

    database: Database
    lease_s: float

    async def reserve(self) -> tuple[int, Reserved | None]:
        """Take an image of the operation whose turn it is; return how many were met, and it."""
        operation = await self.database.take_turn(reprocessing=True)
        if operation is None:
            return 0, None
        async with self.database.transaction() as statements:
            items = await statements.lock_items(operation.tenant_id, operation.id, 1)
            for item in items:
                return 1, await self._enter(statements, operation, item)
        return 0, None

    async def _enter(
        self, statements: Statements, operation: Operation, item: Item
    ) -> Reserved | None:
        """Move an image to Re, or write down why not."""
        working = working_of(operation, item)
        try:
            async with statements.savepoint():
                image = await self._reprocess(statements, working)
        except UnavailableError:
            raise
        except DomainError as error:
            outcome = await refused(statements, working, item, error)
            await advance(statements, operation.tenant_id, operation.id, [outcome])
            return None
        await statements.begin_item(working, self.lease_s)
        return Reserved(working, Job(image.tenant_id, image.id, image.revision, image.attempt))

    async def _reprocess(self, statements: Statements, working: Working) -> Image:
        find = by_id(working.tenant_id, working.image_id)
        image = await lock(statements, find)
        check_present(image)
        check_same_bytes(image, working.revision)
        return await change(statements, find, ANY, replace(REPROCESSING, due_in_s=self.lease_s))

    async def settle(self, working: Working) -> bool:
        """Write down what became of an image; False while it is still being reprocessed."""
        async with self.database.transaction() as statements:
            image = await statements.image_by_id(working.tenant_id, working.image_id)
            if image is not None and _is_in_work(image, working):
                await statements.postpone_item(working, self.lease_s)
                return False
            outcome = _outcome(image)
            if await statements.finish_item(working, outcome):
                await advance(statements, working.tenant_id, working.operation_id, [outcome])
        return True

    async def settle_due(self) -> int:
        """Look at images whose worker may have died; return how many are settled now."""
        due = await self.database.working_items(LOOKED_AT)
        return sum([await self.settle(working) for working in due])


def _is_in_work(image: Image, working: Working) -> bool:
    return image.status is Status.REPROCESSING and image.revision == working.revision


def _outcome(image: Image | None) -> Outcome:
    if image is None:
        return outcome_of(purged(), None)
    if image.status is Status.FAILED:
        reason = image.status_reason or "failed"
        return Outcome(reason, image.status_detail, image.reference)
    return Outcome(reference=image.reference)
