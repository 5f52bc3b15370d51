"""Statements on what other systems call images and categories."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shared.db.executor import Executor
from shared.domain.link import LinkName
from shared.domain.record import Named, ReferenceRecord, Urn


class RecordTable(Executor):
    """See `RecordStatements`."""

    async def insert_image_record(
        self, tenant_id: int, name: LinkName, image_id: int, expires_at: datetime | None
    ) -> bool:
        args = (tenant_id, name.provider, name.id, image_id, expires_at)
        return await self.row("insert_image_record", *args) is not None

    async def insert_category_record(
        self, tenant_id: int, name: LinkName, category_id: UUID, expires_at: datetime | None
    ) -> bool:
        args = (tenant_id, name.provider, name.id, category_id, expires_at)
        return await self.row("insert_category_record", *args) is not None

    async def records_by_name(
        self, tenant_id: int, names: Sequence[LinkName], *, expired: bool = False
    ) -> list[ReferenceRecord]:
        providers, ids = [name.provider for name in names], [name.id for name in names]
        rows = await self.rows("records_by_name", tenant_id, providers, ids, expired)
        return [_record(row) for row in rows]

    async def delete_record(
        self, tenant_id: int, record: ReferenceRecord, *, expired: bool
    ) -> bool:
        name = (record.name.provider, record.name.id)
        args = (tenant_id, *name, record.image_id, expired)
        return await self.row("delete_record", *args) is not None

    async def expired_records(self, limit: int) -> list[tuple[int, ReferenceRecord]]:
        rows = await self.rows("expired_records", limit)
        return [(row["tenant_id"], _record(row)) for row in rows]


def _record(row: asyncpg.Record) -> ReferenceRecord:
    urn = (
        Urn(Named.CATEGORY, row["category_id"])
        if row["image_id"] is None
        else Urn(Named.IMAGE, row["image_uid"])
    )
    name = LinkName(row["provider"], row["id"])
    return ReferenceRecord(name, urn, row["expires_at"], row["image_id"])
