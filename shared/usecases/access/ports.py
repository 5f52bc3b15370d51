"""What tenants, their keys and the workers' reports need of Postgres."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from shared.domain.image import (
    Originals,
    Principal,
    Role,
    Tenant,
    ThumbnailFormat,
    Wishes,
)


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker last said of itself, and how long ago."""

    worker_id: UUID
    age_s: float
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant as operators list it."""

    name: str
    created_on: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key without its secret."""

    id: int
    role: Role
    label: str
    created_on: str
    revoked_on: str | None


class TenantStatements(Protocol):
    """Tenants, their keys, and the workers' reports."""

    async def insert_tenant(self, name: str, thumbnails: ThumbnailFormat) -> Tenant | None: ...
    async def tenant_name(self, tenant_id: int) -> str: ...
    async def wishes_of(self, tenant_id: int) -> Wishes: ...
    async def set_thumbnail_format(self, tenant_id: int, thumbnails: ThumbnailFormat) -> None: ...
    async def set_watermark(self, tenant_id: int, text: str | None) -> None: ...
    async def set_originals(self, tenant_id: int, originals: Originals) -> None: ...
    async def tenant_by_name(self, name: str) -> Tenant | None: ...
    async def list_tenants(self) -> list[TenantRow]: ...
    async def insert_key(self, tenant_id: int, sha256: bytes, role: Role, label: str) -> int: ...
    async def principal_by_key(self, tenant_id: int, sha256: bytes) -> Principal | None: ...
    async def list_keys(self, tenant_id: int) -> list[KeyRow]: ...
    async def revoke_key(self, tenant_id: int, key_id: int) -> bool: ...
    async def report_worker(self, worker_id: UUID, report: Mapping[str, Any]) -> None: ...
    async def retire_worker(self, worker_id: UUID) -> None: ...
    async def worker_reports(self) -> list[WorkerReport]: ...
