"""Statements on what tenants use and may use, on how they stand, and on their end."""

from shared.db.executor import Executor
from shared.domain.quota import Account, Quota, Usage
from shared.usecases.tenants.ports import Remains, TenantState


class AccountTable(Executor):
    """See `AccountStatements` and `LeavingStatements`."""

    async def account_of(self, tenant_id: int) -> Account:
        row = await self.row("account_of", tenant_id)
        if row is None:  # it was deleted just now
            return Account(Usage(), Quota())
        return Account(
            Usage(row["images"], row["deleted_images"], row["bytes"]),
            Quota(row["max_bytes"], row["max_images"], row["max_file_bytes"]),
        )

    async def set_quota(self, tenant_id: int, quota: Quota) -> None:
        limits = (quota.max_bytes, quota.max_images, quota.max_file_bytes)
        await self.rows("set_quota", tenant_id, *limits)

    async def describe_tenant(self, tenant_id: int) -> TenantState | None:
        row = await self.row("describe_tenant", tenant_id)
        return TenantState(**dict(row)) if row else None

    async def disable_tenant(self, tenant_id: int) -> None:
        await self.rows("disable_tenant", tenant_id)

    async def enable_tenant(self, tenant_id: int) -> bool:
        return await self.row("enable_tenant", tenant_id) is not None

    async def begin_tenant_deletion(self, tenant_id: int) -> bool:
        return await self.row("begin_tenant_deletion", tenant_id) is not None

    async def tenant_remains(self, tenant_id: int) -> Remains | None:
        row = await self.row("tenant_remains", tenant_id)
        return Remains(**dict(row)) if row else None

    async def lock_leaving_tenant(self, after: int) -> int | None:
        row = await self.row("lock_leaving_tenant", after)
        return int(row["tenant_id"]) if row else None

    async def forget_tenant_rows(self, tenant_id: int, limit: int) -> int:
        (row,) = await self.rows("forget_tenant_rows", tenant_id, limit)
        return int(row["rows"])

    async def forget_tenant_images(self, tenant_id: int, limit: int) -> int:
        return len(await self.rows("forget_tenant_images", tenant_id, limit))

    async def end_tenant_uploads(self, tenant_id: int, stop_s: float, linger_s: float) -> None:
        await self.rows("end_tenant_uploads", tenant_id, stop_s, linger_s)

    async def end_tenant(self, tenant_id: int, heard_s: float) -> bool:
        return await self.row("end_tenant", tenant_id, heard_s) is not None
