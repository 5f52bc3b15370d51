"""Statements on tenants, their keys, and what the workers say of themselves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.db.executor import Executor
from shared.domain.image import Originals, Principal, Role, Tenant, ThumbnailFormat, Wishes
from shared.usecases.access.ports import KeyRow, TenantRow, WorkerReport


class TenantTable(Executor):
    """See `TenantStatements`."""

    async def insert_tenant(self, name: str, thumbnails: ThumbnailFormat) -> Tenant | None:
        row = await self.row("insert_tenant", name, thumbnails)
        return Tenant(row["tenant_id"], row["name"]) if row else None

    async def tenant_by_name(self, name: str) -> Tenant | None:
        row = await self.row("tenant_by_name", name)
        return tenant_from(row) if row else None

    async def tenant_name(self, tenant_id: int) -> str:
        (row,) = await self.rows("tenant_name", tenant_id)
        return str(row["name"])

    async def wishes_of(self, tenant_id: int) -> Wishes:
        (row,) = await self.rows("wishes_of", tenant_id)
        return Wishes(ThumbnailFormat(row["thumbnail_format"]), row["watermark"])

    async def set_thumbnail_format(self, tenant_id: int, thumbnails: ThumbnailFormat) -> None:
        await self.rows("set_thumbnail_format", tenant_id, thumbnails)

    async def set_watermark(self, tenant_id: int, text: str | None) -> None:
        await self.rows("set_watermark", tenant_id, text)

    async def set_originals(self, tenant_id: int, originals: Originals) -> None:
        await self.rows("set_originals", tenant_id, originals)

    async def list_tenants(self) -> list[TenantRow]:
        rows = await self.rows("list_tenants")
        return [
            TenantRow(row["name"], row["created_on"].isoformat(timespec="seconds")) for row in rows
        ]

    async def insert_key(self, tenant_id: int, sha256: bytes, role: Role, label: str) -> int:
        (row,) = await self.rows("insert_key", tenant_id, sha256, int(role), label)
        return int(row["id"])

    async def principal_by_key(self, tenant_id: int, sha256: bytes) -> Principal | None:
        row = await self.row("principal_by_key", tenant_id, sha256)
        if row is None:
            return None
        tenant = tenant_from(row)
        return Principal(tenant, Role(row["role"]), row["label"], row["is_disabled"])

    async def list_keys(self, tenant_id: int) -> list[KeyRow]:
        rows = await self.rows("list_keys", tenant_id)
        return [
            KeyRow(
                row["id"],
                Role(row["role"]),
                row["label"],
                row["created_on"].isoformat(timespec="seconds"),
                row["revoked_on"] and row["revoked_on"].isoformat(timespec="seconds"),
            )
            for row in rows
        ]

    async def revoke_key(self, tenant_id: int, key_id: int) -> bool:
        return await self.row("revoke_key", tenant_id, key_id) is not None

    async def report_worker(self, worker_id: UUID, report: Mapping[str, Any]) -> None:
        await self.rows("report_worker", worker_id, orjson.dumps(report).decode())

    async def retire_worker(self, worker_id: UUID) -> None:
        await self.rows("retire_worker", worker_id)

    async def worker_reports(self) -> list[WorkerReport]:
        rows = await self.rows("worker_reports")
        return [
            WorkerReport(row["worker_id"], row["age_s"], orjson.loads(row["report"]))
            for row in rows
        ]


def tenant_from(row: asyncpg.Record) -> Tenant:
    """Build a tenant from a row that tells who sees its originals."""
    return Tenant(row["tenant_id"], row["name"], row["originals"] == Originals.PRIVATE)
