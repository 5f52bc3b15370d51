"""Statements on presigned uploads."""

from datetime import datetime
from uuid import UUID

from shared.db.executor import Executor
from shared.usecases.uploads.incoming_ports import Announced, Incoming


class IncomingTable(Executor):
    """See `IncomingStatements`."""

    async def lock_incoming(self, tenant_id: int) -> None:
        await self.rows("lock_incoming", tenant_id)

    async def open_incoming(self, tenant_id: int) -> tuple[int, float]:
        (row,) = await self.rows("open_incoming", tenant_id)
        return int(row["uploads"]), float(row["expires_in_s"])

    async def begin_incoming(self, upload: Announced, ttl_s: float, deadline_s: float) -> datetime:
        (row,) = await self.rows(
            "begin_incoming",
            upload.tenant_id,
            upload.id,
            upload.image_id,
            upload.uid,
            upload.reference,
            upload.key,
            upload.size_in_bytes,
            upload.sha256,
            ttl_s,
            deadline_s,
            upload.part_bytes,
        )
        expires_at: datetime = row["expires_at"]
        return expires_at

    async def attach_incoming(
        self, upload: Announced, image_id: int, multipart_id: str | None
    ) -> bool:
        args = (upload.tenant_id, upload.id, image_id, multipart_id)
        return await self.row("attach_incoming", *args) is not None

    async def expire_incoming(self, tenant_id: int, upload_id: UUID, due_in_s: float) -> None:
        await self.rows("expire_incoming", tenant_id, upload_id, due_in_s)

    async def newest_incoming(self, tenant_id: int, image_id: int) -> Incoming | None:
        row = await self.row("newest_incoming", tenant_id, image_id)
        return Incoming(**dict(row)) if row else None

    async def accept_incoming(self, upload: Incoming, arrived_key: str) -> bool:
        args = (upload.tenant_id, upload.id, arrived_key)
        return await self.row("accept_incoming", *args) is not None

    async def conclude_incoming(self, tenant_id: int, image_id: int, linger_s: float) -> str | None:
        row = await self.row("conclude_incoming", tenant_id, image_id, linger_s)
        return row["arrived_key"] if row else None

    async def note_arrival(self, tenant_id: int, image_id: int, revision: int) -> None:
        await self.rows("note_arrival", tenant_id, image_id, revision)

    async def holds_arrival(self, tenant_id: int, image_id: int) -> bool:
        (row,) = await self.rows("holds_arrival", tenant_id, image_id)
        return bool(row["holds"])
