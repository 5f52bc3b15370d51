"""Reading and changing images that are not being processed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.domain.errors import ConflictError, NotFoundError
from shared.domain.image import Image, Tenant
from shared.domain.job import Job
from shared.domain.reference import Reference
from shared.domain.status import RESTING, Status, sources_of
from shared.usecases.conditions import ANY, Precondition, check_resting, existing
from shared.usecases.ports import Bell, Database, Guard, Page, PageQuery, Selection, Total
from shared.usecases.ringing import ring_or_leave


@dataclass(frozen=True, slots=True)
class Images:
    """What callers ask of images that exist."""

    database: Database
    bell: Bell

    async def get(self, tenant: Tenant, reference: Reference) -> Image:
        """Return one image that is not deleted."""
        return existing(await self.database.image_by_reference(tenant.id, reference), reference)

    async def page(self, tenant: Tenant, query: PageQuery, cdn_base: str) -> Page:
        """Return one page."""
        return await self.database.lists.page(tenant.id, query, cdn_base)

    async def total(self, tenant: Tenant, selection: Selection, cdn_base: str) -> Total:
        """Return how many there are."""
        return await self.database.lists.total(tenant.id, selection, cdn_base)

    async def edit(
        self,
        tenant: Tenant,
        reference: Reference,
        changes: Mapping[str, Any],
        precondition: Precondition = ANY,
    ) -> Image:
        """Change what people wrote about an image, or its reference; no object moves."""
        return await self._change(tenant, reference, precondition, changes)

    async def delete(
        self, tenant: Tenant, reference: Reference, precondition: Precondition = ANY
    ) -> Image:
        """Delete softly: its URLs answer 410 from now on, until it is restored."""
        return await self._change(tenant, reference, precondition, {}, delete=True)

    async def purge(
        self, tenant: Tenant, reference: Reference, precondition: Precondition = ANY
    ) -> None:
        """Delete for good: the bytes go too."""
        image = await self.delete(tenant, reference, precondition)
        async with self.database.transaction() as statements:
            await statements.schedule_purge(tenant.id, image.id)
            if not await statements.purge_image(tenant.id, image.id):
                raise ConflictError("The image was restored while it was being purged.")

    async def restore(self, tenant: Tenant, uid: UUID) -> Image:
        """Bring a deleted image back, with the same URLs; one that is not deleted is as asked."""
        image = await self.database.image_by_uid(tenant.id, uid)
        if image is None:
            raise NotFoundError(f"There is no image {uid}.")
        if image.deleted_at is None:
            return image
        restored = await self.database.restore_image(tenant.id, image.id)
        return restored or await self.restore(tenant, uid)

    async def reprocess(
        self, tenant: Tenant, reference: Reference, precondition: Precondition = ANY
    ) -> Image:
        """Make the thumbnails of the newest revision anew; the old ones are served meanwhile."""
        changes = {
            "status": Status.REPROCESSING,
            "status_reason": None,
            "status_detail": None,
            "failures": 0,
            "retries": 0,
        }
        image = await self._change(
            tenant,
            reference,
            precondition,
            changes,
            statuses=sources_of(Status.REPROCESSING),
            due_in_s=0,
        )
        await ring_or_leave(self.bell, Job(tenant.id, image.id, image.revision, image.attempt))
        return image

    async def _change(
        self,
        tenant: Tenant,
        reference: Reference,
        precondition: Precondition,
        changes: Mapping[str, Any],
        *,
        statuses: frozenset[Status] = RESTING,
        due_in_s: float | None = None,
        delete: bool = False,
    ) -> Image:
        image = await self.get(tenant, reference)
        precondition.check(image)
        check_resting(image)
        seen = image.row_version if precondition.versions is not None else None
        guard = Guard(tenant.id, image.id, statuses, row_version=seen)
        changed = await self.database.guarded_update(
            guard, changes, due_in_s=due_in_s, delete=delete
        )
        return changed or await self._explain(tenant, reference, precondition)

    async def _explain(
        self, tenant: Tenant, reference: Reference, precondition: Precondition
    ) -> Image:
        """Say why an update found nothing: the image has moved on since it was read."""
        image = await self.get(tenant, reference)
        precondition.check(image)
        check_resting(image)
        raise ConflictError(f"This cannot be done to an image in status {image.status}.")
