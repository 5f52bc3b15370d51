"""Statements on files whose bytes come before their image."""

from datetime import datetime
from uuid import UUID

from shared.db.executor import Executor
from shared.usecases.objects_ports import Original, Upload
from shared.usecases.uploads.staging_ports import Announcement, Staged


class StagingTable(Executor):
    """See `StagingStatements`."""

    async def count_staged(self, tenant_id: int) -> tuple[int, float]:
        (row,) = await self.rows("count_staged", tenant_id)
        return row["files"], row["expires_in_s"]

    async def insert_staged(
        self, tenant_id: int, file_id: UUID, token_sha256: bytes, name: str, ttl_s: float
    ) -> datetime:
        (row,) = await self.rows("insert_staged", tenant_id, file_id, token_sha256, name, ttl_s)
        expires_at: datetime = row["expires_at"]
        return expires_at

    async def begin_staged(self, tenant_id: int, token_sha256: bytes) -> Announcement | None:
        row = await self.row("begin_staged", tenant_id, token_sha256)
        return Announcement(**dict(row)) if row else None

    async def fill_staged(
        self, upload: Upload, original: Original, ttl_s: float
    ) -> tuple[UUID | None] | None:
        row = await self.row(
            "fill_staged",
            upload.tenant_id,
            upload.uid,
            upload.id,
            upload.revision,
            original.size_in_bytes,
            original.sha256,
            ttl_s,
            upload.key,
        )
        return (row["upload_id"],) if row else None

    async def hold_upload(self, upload: Upload, hold_s: float) -> bool:
        return await self.row("hold_upload", upload.tenant_id, upload.id, hold_s) is not None

    async def take_staged(self, tenant_id: int, file_id: UUID) -> Staged | None:
        row = await self.row("take_staged", tenant_id, file_id)
        return Staged(**dict(row)) if row else None
