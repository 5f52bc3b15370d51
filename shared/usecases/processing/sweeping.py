"""What is due whatever was lost (queue entries, workers, clients): found in Postgres and done."""

from dataclasses import dataclass, replace

import structlog

from shared.domain.errors import StorageRefusedError
from shared.domain.job import Job
from shared.domain.status import BUSY
from shared.usecases.editing.images_ports import Guard
from shared.usecases.editorial.records import end_expired
from shared.usecases.ports import Bell, Database, Storage

log = structlog.get_logger(__name__)

BATCH = 200
"""Rows a sweep takes of each kind; the rest has its turn at the next."""

OVERDUE_S = 10.0
"""Unclaimed for so long although due: worth asking Redis whether its worker died."""


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Rings for what is due and clears up what nobody will finish."""

    database: Database
    storage: Storage
    bell: Bell
    retention_days: int

    async def ring_due(self) -> int:
        """Ring for every image that somebody should work on; return how many."""
        rung = 0
        for job, overdue in await self.database.due_images(BATCH, OVERDUE_S):
            rung += await self._ring(job, overdue=overdue)
        return rung

    async def _ring(self, job: Job, *, overdue: bool) -> bool:
        if await self.bell.ring(job):
            return True
        if not overdue or not await self.bell.is_stuck(job):
            return False
        return await self._ring_past(job)

    async def _ring_past(self, job: Job) -> bool:
        """Pass over a job whose worker died between taking and claiming it.

        Redis keeps such a job to itself until its timeout; the next attempt has another id.
        """
        guard = Guard(job.tenant_id, job.image_id, BUSY, job.revision, job.attempt, only_due=True)
        image = await self.database.guarded_update(
            guard, {"attempt": job.attempt + 1}, due_in_s=0, touch=False
        )
        return image is not None and await self.bell.ring(replace(job, attempt=image.attempt))

    async def delete_due(self) -> int:
        """Delete keys that have to go; return how many went. Without S3 the round ends at once."""
        done = 0
        for tenant_id, key in await self.database.claim_deletions(BATCH):
            try:
                await self.storage.delete(key)
            except StorageRefusedError as error:
                log.warning("deletion_postponed", key=key, detail=error.detail)
                continue
            await self.database.finish_deletion(tenant_id, key)
            done += 1
        return done

    async def forget_keys(self) -> int:
        """Forget idempotency keys whose time is over; return how many."""
        return await self.database.forget_keys(BATCH)

    async def end_references(self) -> int:
        """End the references that have expired; return how many."""
        return await end_expired(self.database, BATCH)

    async def forget_images(self) -> int:
        """Purge images that can be restored no more; return how many."""
        return await self.database.forget_images(self.retention_days, BATCH)

    async def forget_categories(self) -> int:
        """Forget categories that can be restored no more; return how many."""
        return await self.database.forget_categories(self.retention_days, BATCH)

    async def clear_uploads(self) -> int:
        """Abort and delete uploads past their deadline; return how many went."""
        done = 0
        for upload in await self.database.claim_expired_uploads(BATCH):
            try:
                if upload.multipart_id is not None:
                    await self.storage.abort_multipart(upload.key, upload.multipart_id)
                await self.storage.abort_multiparts(upload.key)
                await self.storage.delete(upload.key)
            except StorageRefusedError as error:
                log.warning("upload_not_cleared", key=upload.key, detail=error.detail)
                continue
            await self.database.forget_upload(upload.tenant_id, upload.id)
            done += 1
        return done
