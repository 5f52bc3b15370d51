"""Statements on the bucket's keys and on uploads in flight."""

from collections.abc import Sequence
from uuid import UUID

from shared.db.executor import Executor
from shared.usecases.editing.ports import Revision
from shared.usecases.objects_ports import (
    ExpiredUpload,
    Original,
    ServedObject,
    StoredObject,
    Upload,
)


class ObjectTable(Executor):
    """See `ObjectStatements`."""

    async def insert_object(self, tenant_id: int, image_id: int, item: StoredObject) -> None:
        await self.rows(
            "insert_object",
            tenant_id,
            item.key,
            image_id,
            item.revision,
            item.attempt,
            item.role,
            item.size_in_bytes,
            item.sha256,
            item.content_type,
        )

    async def original_of(self, tenant_id: int, image_id: int, revision: int) -> Original | None:
        row = await self.row("original_of", tenant_id, image_id, revision)
        return Original(row["key"], row["size_in_bytes"], row["sha256"]) if row else None

    async def duplicates_of(
        self, tenant_id: int, image_id: int, revision: int, limit: int
    ) -> list[str]:
        rows = await self.rows("duplicates_of", tenant_id, image_id, revision, limit)
        return [row["reference"] for row in rows]

    async def served_object(self, tenant_name: str, key: str) -> ServedObject | None:
        row = await self.row("served_object", tenant_name, key)
        return ServedObject(**dict(row)) if row else None

    async def describe_original(
        self, tenant_id: int, image_id: int, revision: int, file_type: str, content_type: str
    ) -> None:
        args = (tenant_id, image_id, revision, file_type, content_type)
        await self.rows("describe_original", *args)

    async def revisions_of(
        self, tenant_id: int, image_id: int, before: int, limit: int
    ) -> list[Revision]:
        rows = await self.rows("revisions_of", tenant_id, image_id, before, limit)
        return [Revision(**dict(row)) for row in rows]

    async def supersede(self, tenant_id: int, image_id: int, retention_days: int) -> None:
        await self.rows("supersede", tenant_id, image_id, retention_days)

    async def schedule_purge(self, tenant_id: int, image_id: int) -> None:
        await self.rows("schedule_purge", tenant_id, image_id)

    async def intend(self, tenant_id: int, keys: Sequence[str], due_in_s: float) -> None:
        await self.rows("intend", tenant_id, list(keys), due_in_s)

    async def keep(self, tenant_id: int, keys: Sequence[str]) -> bool:
        return len(await self.rows("keep", tenant_id, list(keys))) == len(keys)

    async def claim_deletions(self, limit: int) -> list[tuple[int, str]]:
        return [(row["tenant_id"], row["key"]) for row in await self.rows("claim_deletions", limit)]

    async def finish_deletion(self, tenant_id: int, key: str) -> None:
        await self.rows("finish_deletion", tenant_id, key)


class UploadTable(Executor):
    """See `UploadStatements`."""

    async def begin_upload(self, upload: Upload, deadline_s: float) -> None:
        await self.rows(
            "begin_upload",
            upload.tenant_id,
            upload.id,
            upload.image_id,
            upload.uid,
            upload.reference,
            upload.revision,
            upload.base_revision,
            upload.key,
            deadline_s,
        )

    async def note_multipart(self, upload: Upload, multipart_id: str) -> bool:
        args = (upload.tenant_id, upload.id, multipart_id)
        return await self.row("note_multipart", *args) is not None

    async def consume_upload(self, upload: Upload) -> bool:
        return await self.row("consume_upload", upload.tenant_id, upload.id) is not None

    async def claim_expired_uploads(self, limit: int) -> list[ExpiredUpload]:
        rows = await self.rows("claim_expired_uploads", limit)
        return [ExpiredUpload(**dict(row)) for row in rows]

    async def forget_upload(self, tenant_id: int, upload_id: UUID) -> None:
        await self.rows("forget_upload", tenant_id, upload_id)

    async def expire_upload(self, tenant_id: int, upload_id: UUID, due_in_s: float) -> None:
        await self.rows("expire_upload", tenant_id, upload_id, due_in_s)
