"""The statements of fsck: pages by key, none of which holds a transaction open."""

from uuid import UUID

from shared.db.executor import Executor
from shared.domain.image import Tenant
from shared.usecases.upkeep.inspection import ImageState, Overdue, Recorded, Tolerance, UsageState

PAGE = 1000


class InspectionReader(Executor):
    """See `Inspection`."""

    async def tenants(self, name: str | None, after: str) -> list[Tenant]:
        rows = await self.rows("fsck_tenants", name, after, PAGE)
        return [Tenant(row["tenant_id"], row["name"]) for row in rows]

    async def objects(self, tenant_id: int, after: str) -> list[Recorded]:
        rows = await self.rows("fsck_objects", tenant_id, after, PAGE)
        return [Recorded(**dict(row)) for row in rows]

    async def images(self, tenant_id: int, after: int) -> list[ImageState]:
        rows = await self.rows("fsck_images", tenant_id, after, PAGE)
        return [ImageState(**dict(row)) for row in rows]

    async def deletions(self, tenant_id: int, after: str, tolerance: Tolerance) -> list[Overdue]:
        late = (tolerance.overdue_s, tolerance.tries)
        rows = await self.rows("fsck_deletions", tenant_id, after, PAGE, *late)
        return [Overdue(None, row["key"], row["tries"], row["overdue_s"]) for row in rows]

    async def uploads(self, tenant_id: int, after: UUID, tolerance: Tolerance) -> list[Overdue]:
        late = (tolerance.overdue_s, tolerance.tries)
        rows = await self.rows("fsck_uploads", tenant_id, after, PAGE, *late)
        return [Overdue(**dict(row)) for row in rows]

    async def usage(self, tenant_id: int) -> UsageState:
        (row,) = await self.rows("fsck_usage", tenant_id)
        return UsageState(**dict(row))

    async def mend_usage(self, tenant_id: int) -> None:
        await self.rows("fsck_mend_usage", tenant_id)

    async def mend_links(self, tenant_id: int, image_id: int) -> bool:
        return await self.row("fsck_mend_links", tenant_id, image_id) is not None

    async def is_recorded(self, tenant_id: int, key: str) -> bool:
        return await self.row("fsck_is_recorded", tenant_id, key) is not None

    async def is_held(self, tenant_id: int, key: str) -> bool:
        (row,) = await self.rows("fsck_is_held", tenant_id, key, _uid_in(key))
        return bool(row["held"])

    async def delete_orphan(self, tenant_id: int, key: str) -> bool:
        return await self.row("fsck_delete_orphan", tenant_id, key, _uid_in(key)) is not None

    async def estimate(self) -> int | None:
        (row,) = await self.rows("fsck_estimate")
        return int(row["objects"]) if row["objects"] > 0 else None


def _uid_in(key: str) -> UUID | None:
    """Return the uid of `{tenant}/{uid}/…`; None where the key has another form."""
    try:
        return UUID(key.split("/", 2)[1])
    except (IndexError, ValueError):
        return None
