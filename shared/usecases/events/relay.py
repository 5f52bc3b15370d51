"""Numbering what was committed, and forgetting what is old."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.usecases.events.ports import News
from shared.usecases.ports import Database

TENANTS = 20
EACH = 1_000
"""So many tenants, and events of each, are numbered before others have their turn."""

SWEPT_EACH = 5_000


@dataclass(frozen=True, slots=True)
class Relay:
    """Whoever has the lock numbers, for one transaction; every worker tries, so it outlives any.

    Numbers are given to rows that are committed, and are themselves committed in their order: so a
    reader who has seen one has seen all before it, in whatever order the changes were committed. Of
    one image the order is that of its changes, as each of these waits for the one before it.
    """

    database: Database
    retention_days: float

    async def number(self) -> int:
        """Number all that waits, tenants in turns; return how many. If another is at it: none."""
        numbered, tenant = 0, 0
        while True:
            news = await self._number(tenant)
            if not news and tenant == 0:
                return numbered
            numbered += sum(item.count for item in news)
            tenants = {item.tenant_id for item in news}
            tenant = max(tenants) if len(tenants) == TENANTS else 0

    async def _number(self, after_tenant: int) -> Sequence[News]:
        async with self.database.transaction() as statements:
            if not await statements.take_relay():
                return ()
            news = await statements.number_events(after_tenant, TENANTS, EACH)
            await statements.wake_webhooks(news)
        return news

    async def sweep(self) -> int:
        """Forget some of what is older than events are kept; return how many went."""
        return await self.database.sweep_events(self.retention_days, SWEPT_EACH)
