"""What the admission of uploads needs from outside: accounts, and a look at the disks."""

from typing import Protocol

from shared.domain.quota import Account, Quota


class AccountStatements(Protocol):
    """What a tenant uses and may use."""

    async def account_of(self, tenant_id: int) -> Account: ...
    async def set_quota(self, tenant_id: int, quota: Quota) -> None: ...


class FreeSpace(Protocol):
    """The disks that this process and the local stack write to."""

    async def check(self) -> None:
        """Raise DiskFullError below the threshold."""
