"""Reference records: made, found, removed, and ended when they expire.

Whoever makes or removes a record of an image holds the image's row first, and moves `num_links` in
the same transaction. One that has expired is not there for readers, and counts until it is removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.errors import ConflictError, NotFoundError, UnfitBodyError
from shared.domain.image import Tenant
from shared.domain.link import LinkName
from shared.domain.record import Named, ReferenceRecord, Urn
from shared.usecases.editing.changing import TRIES, by_uid, changed_again, lock
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.ports import Database, Statements

MAX_BATCHES = 20
"""That one sweep ends, at most."""


@dataclass(frozen=True, slots=True)
class References:
    """What callers ask of reference records."""

    database: Database

    async def create(
        self,
        tenant: Tenant,
        name: LinkName,
        urn: Urn,
        expires_at: datetime | None,
        claim: Claim | None,
    ) -> ReferenceRecord:
        """Give a name that is free, or was until it expired."""
        for _ in range(TRIES):
            async with self.database.transaction() as statements:
                if await _insert(statements, tenant, name, urn, expires_at):
                    await note(statements, claim, str(name))
                    break
            if claim is not None and str(name) in claim.resources:
                break
            if not await self._end(tenant, name):
                raise ConflictError(
                    f"{name} names something already: remove that reference first, or choose "
                    "another id.",
                    field="id",
                )
        else:
            raise changed_again()
        return await self.by_name(tenant, name)

    async def by_name(self, tenant: Tenant, name: LinkName) -> ReferenceRecord:
        """Return one that has not expired."""
        for record in await self.database.records_by_name(tenant.id, [name]):
            return record
        raise NotFoundError(f"There is no reference {name}.")

    async def lookup(self, tenant: Tenant, names: Sequence[LinkName]) -> list[ReferenceRecord]:
        """Return those that there are, in the order of the names."""
        found = await self.database.records_by_name(tenant.id, names)
        by_name = {record.name: record for record in found}
        return [by_name[name] for name in dict.fromkeys(names) if name in by_name]

    async def delete(self, tenant: Tenant, name: LinkName) -> None:
        """Take a name back."""
        for _ in range(TRIES):
            record = await self.by_name(tenant, name)
            if await remove(self.database, tenant.id, record, expired=False):
                return
        raise changed_again()

    async def _end(self, tenant: Tenant, name: LinkName) -> bool:
        """Remove a record that has expired; whether the name may be free now."""
        present = await self.database.records_by_name(tenant.id, [name])
        if present:
            return False
        for record in await self.database.records_by_name(tenant.id, [name], expired=True):
            await remove(self.database, tenant.id, record, expired=True)
        return True


async def remove(
    database: Database, tenant_id: int, record: ReferenceRecord, *, expired: bool
) -> bool:
    """Remove a record, if it still is as seen, and if it has expired where that is asked."""
    async with database.transaction() as statements:
        if record.image_id is not None:
            await statements.lock_image(tenant_id, record.image_id)
        removed = await statements.delete_record(tenant_id, record, expired=expired)
        if removed and record.image_id is not None:
            await statements.move_num_links(tenant_id, record.image_id, -1)
    return removed


async def end_expired(database: Database, batch: int) -> int:
    """Remove what has expired, the longest expired first; return how many went."""
    done = 0
    for _ in range(MAX_BATCHES):
        found = await database.expired_records(batch)
        for tenant_id, record in found:
            done += await remove(database, tenant_id, record, expired=True)
        if len(found) < batch:
            break
    return done


async def _insert(
    statements: Statements, tenant: Tenant, name: LinkName, urn: Urn, expires_at: datetime | None
) -> bool:
    if urn.kind is Named.CATEGORY:
        category = await statements.category_by_id(tenant.id, urn.id)
        if category is None:
            raise _names_nothing(urn)
        return await statements.insert_category_record(tenant.id, name, urn.id, expires_at)
    try:
        image = await lock(statements, by_uid(tenant, urn.id))
    except NotFoundError as error:
        raise _names_nothing(urn) from error
    if image.deleted_at is not None:
        raise _names_nothing(urn)
    is_new = await statements.insert_image_record(tenant.id, name, image.id, expires_at)
    if is_new:
        await statements.move_num_links(tenant.id, image.id, 1)
    return is_new


def _names_nothing(urn: Urn) -> UnfitBodyError:
    return UnfitBodyError({"urn": [f"There is no {urn.kind} {urn.id}."]})
