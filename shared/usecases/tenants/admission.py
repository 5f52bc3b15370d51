"""Whether bytes may come: the one place that every way in asks before the first of them.

At the commit Postgres holds the quotas once more, whatever came at the same moment; see
`settle_usage` in the migration 0013.
"""

from dataclasses import dataclass

from shared.domain.quota import Account
from shared.usecases.tenants.admission_ports import AccountStatements, FreeSpace
from shared.usecases.uploads.intake import too_large


@dataclass(frozen=True, slots=True)
class Room:
    """What may still come from a tenant; `max_bytes` is the service's limit for a file."""

    account: Account
    max_bytes: int

    @property
    def max_file_bytes(self) -> int:
        """The largest file, whether or not there is room for it."""
        return min(self.max_bytes, self.account.quota.max_file_bytes or self.max_bytes)

    def check(self, size: int) -> None:
        """Refuse a file that has, or has so far, so many bytes."""
        if size > self.max_bytes:
            raise too_large(self.max_bytes)
        self.account.check_bytes(size)


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets uploads in."""

    disk: FreeSpace
    max_bytes: int

    async def admit(
        self,
        statements: AccountStatements,
        tenant_id: int,
        declared_bytes: int | None,
        *,
        new_images: int = 0,
    ) -> Room:
        """Return what may come, or refuse what cannot; a length that nobody knows is at least 1."""
        size = max(1, declared_bytes or 1)
        if size > self.max_bytes:
            raise too_large(self.max_bytes)
        await self.disk.check()
        room = Room(await statements.account_of(tenant_id), self.max_bytes)
        room.account.check_images(new_images)
        room.check(size)
        return room
