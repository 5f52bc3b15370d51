"""Statements on images."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from shared.db.executor import Executor
from shared.db.records import changes_as_json, image_from
from shared.domain.errors import ConflictError
from shared.domain.gravity import CENTER
from shared.domain.image import Image, Kind
from shared.domain.job import Job
from shared.usecases.editing.images_ports import Guard, QueueDepth
from shared.usecases.objects_ports import Original, Upload


def _image(row: asyncpg.Record | None) -> Image | None:
    return image_from(row) if row else None


class ImageTable(Executor):
    """See `ImageStatements`."""

    async def image_by_reference(self, tenant_id: int, reference: str) -> Image | None:
        return _image(await self.row("image_by_reference", tenant_id, reference))

    async def image_by_uid(self, tenant_id: int, uid: UUID) -> Image | None:
        return _image(await self.row("image_by_uid", tenant_id, uid))

    async def image_by_sha256(self, tenant_id: int, sha256: bytes) -> Image | None:
        return _image(await self.row("image_by_sha256", tenant_id, sha256))

    async def image_by_id(self, tenant_id: int, image_id: int) -> Image | None:
        return _image(await self.row("image_by_id", tenant_id, image_id))

    async def lock_image(self, tenant_id: int, image_id: int) -> Image | None:
        return _image(await self.row("lock_image", tenant_id, image_id))

    async def insert_image(
        self,
        upload: Upload,
        tags: Sequence[str],
        original: Original,
        kind: Kind = Kind.PICTURE,
        gravity: str = CENTER,
    ) -> Image | None:
        row = await self.row(
            "insert_image",
            upload.tenant_id,
            upload.uid,
            upload.reference,
            list(tags),
            upload.revision,
            upload.key,
            original.size_in_bytes,
            original.sha256,
            kind,
            gravity,
        )
        return _image(row)

    async def insert_void_image(
        self, tenant_id: int, uid: UUID, reference: str, tags: Sequence[str]
    ) -> Image | None:
        return _image(await self.row("insert_void_image", tenant_id, uid, reference, list(tags)))

    async def insert_sourced_image(
        self, tenant_id: int, uid: UUID, reference: str, tags: Sequence[str], url: str
    ) -> Image | None:
        args = (tenant_id, uid, reference, list(tags), url)
        return _image(await self.row("insert_sourced_image", *args))

    async def next_revision(self, tenant_id: int, image_id: int) -> int | None:
        row = await self.row("next_revision", tenant_id, image_id)
        return int(row["revision_counter"]) if row else None

    async def guarded_update(
        self,
        guard: Guard,
        changes: Mapping[str, Any],
        *,
        due_in_s: float | None = None,
        touch: bool = True,
        delete: bool = False,
    ) -> Image | None:
        try:
            row = await self.row(
                "guarded_update",
                guard.tenant_id,
                guard.image_id,
                [status.value for status in guard.statuses],
                guard.revision,
                guard.attempt,
                guard.row_version,
                guard.only_due,
                due_in_s,
                changes_as_json(changes),
                touch,
                delete,
            )
        except asyncpg.UniqueViolationError as error:
            raise reference_taken() from error
        return _image(row)

    async def extend_lease(self, job: Job, lease_s: float) -> bool:
        args = (job.tenant_id, job.image_id, job.revision, job.attempt, lease_s)
        return await self.row("extend_lease", *args) is not None

    async def restore_image(self, tenant_id: int, image_id: int) -> Image | None:
        try:
            return _image(await self.row("restore_image", tenant_id, image_id))
        except asyncpg.UniqueViolationError as error:
            raise reference_taken() from error

    async def forget_images(self, retention_days: int, limit: int) -> int:
        return len(await self.rows("forget_images", retention_days, limit))

    async def purge_image(self, tenant_id: int, image_id: int) -> bool:
        return await self.row("purge_image", tenant_id, image_id) is not None

    async def due_images(self, limit: int, overdue_s: float) -> list[tuple[Job, bool]]:
        rows = await self.rows("due_images", limit, overdue_s)
        return [
            (Job(row["tenant_id"], row["id"], row["revision"], row["attempt"]), row["overdue"])
            for row in rows
        ]

    async def queue_depth(self) -> QueueDepth:
        (row,) = await self.rows("queue_depth")
        return QueueDepth(row["depth"], row["age_s"], row["waiting"])


def reference_taken() -> ConflictError:
    """Another image of the tenant, not deleted, has that name."""
    return ConflictError(
        "Another image has this reference already; choose another name or rename that image.",
        field="reference",
    )
