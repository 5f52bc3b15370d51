"""What the life and the end of tenants need from Postgres."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TenantState:
    """A tenant's state; `keys` and `credentials` count those that are not revoked."""

    name: str
    created_on: datetime
    thumbnail_format: str
    watermark: str | None
    originals: str
    disabled_on: datetime | None
    deleting_on: datetime | None
    keys: int
    credentials: int


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is still of a tenant that is being deleted, counted to 100,000 of each.

    `until` is when the last of its keys and uploads, some of which wait for their time, is due.
    """

    images: int
    keys: int
    uploads: int
    until: datetime | None


class LeavingStatements(Protocol):
    """Tenants that are shown, disabled or deleted."""

    async def describe_tenant(self, tenant_id: int) -> TenantState | None: ...
    async def disable_tenant(self, tenant_id: int) -> None: ...
    async def enable_tenant(self, tenant_id: int) -> bool: ...
    async def begin_tenant_deletion(self, tenant_id: int) -> bool: ...
    async def tenant_remains(self, tenant_id: int) -> Remains | None: ...
    async def lock_leaving_tenant(self, after: int) -> int | None: ...
    async def forget_tenant_rows(self, tenant_id: int, limit: int) -> int: ...
    async def forget_tenant_images(self, tenant_id: int, limit: int) -> int: ...
    async def end_tenant_uploads(self, tenant_id: int, stop_s: float, linger_s: float) -> None: ...
    async def end_tenant(self, tenant_id: int, heard_s: float) -> bool: ...
