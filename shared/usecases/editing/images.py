"""Reading and changing images that are not being processed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.domain.errors import ConflictError
from shared.domain.image import Image, Tenant
from shared.domain.job import Job
from shared.domain.reference import Reference
from shared.usecases.editing.changing import (
    DELETION,
    REPROCESSING,
    Find,
    by_reference,
    by_uid,
    change,
)
from shared.usecases.editing.conditions import ANY, RETRY_AFTER_S, Precondition, existing
from shared.usecases.lists_ports import Document, DocumentField, Page, PageQuery, Selection, Total
from shared.usecases.ports import Bell, Database
from shared.usecases.ringing import ring_or_leave


@dataclass(frozen=True, slots=True)
class Images:
    """What callers ask of images that exist."""

    database: Database
    bell: Bell

    async def show(
        self, tenant: Tenant, reference: Reference, fields: Sequence[DocumentField], cdn_base: str
    ) -> Document:
        """Return one image that is not deleted, as it is shown."""
        lookups = self.database.lookups
        return existing(await lookups.document(tenant.id, reference, fields, cdn_base), reference)

    async def page(self, tenant: Tenant, query: PageQuery, cdn_base: str) -> Page:
        """Return one page."""
        return await self.database.lists.page(tenant.id, query, cdn_base)

    async def total(self, tenant: Tenant, selection: Selection, cdn_base: str) -> Total:
        """Return how many there are."""
        return await self.database.lists.total(tenant.id, selection, cdn_base)

    async def delete(self, find: Find, precondition: Precondition = ANY) -> Image:
        """Delete softly: its URLs answer 410 from now on, until it is restored."""
        return await change(self.database, find, precondition, DELETION)

    async def purge(self, find: Find, precondition: Precondition = ANY) -> Image:
        """Delete for good, the bytes too: all of it or, whatever fails, nothing."""
        async with self.database.transaction() as statements:
            image = await change(statements, find, precondition, DELETION)
            await statements.schedule_purge(image.tenant_id, image.id)
            if not await statements.purge_image(image.tenant_id, image.id):
                raise ConflictError(
                    "The image was restored while it was being purged.", retry_after_s=RETRY_AFTER_S
                )
        return image

    async def restore(self, tenant: Tenant, uid: UUID) -> Image:
        """Bring a deleted image back, with the same URLs; one that is not deleted is as asked."""
        image = await by_uid(tenant, uid)(self.database)
        if image.deleted_at is None:
            return image
        restored = await self.database.restore_image(tenant.id, image.id)
        return restored or await self.restore(tenant, uid)

    async def reprocess(
        self, tenant: Tenant, reference: Reference, precondition: Precondition = ANY
    ) -> Image:
        """Make the thumbnails of the newest revision anew; the old ones are served meanwhile."""
        find = by_reference(tenant, reference)
        image = await change(self.database, find, precondition, REPROCESSING)
        await ring_or_leave(self.bell, Job(tenant.id, image.id, image.revision, image.attempt))
        return image
