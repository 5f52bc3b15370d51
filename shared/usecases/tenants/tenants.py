"""Disabling tenants, and deleting them in bounded batches, by whichever worker has time.

All that a deletion has to remember is in Postgres, so that a worker that dies leaves nothing
behind but what the next one takes up.
"""

from dataclasses import dataclass

from shared.domain.errors import ConflictError
from shared.domain.image import Tenant
from shared.usecases.ports import Database, Statements
from shared.usecases.tenants.ports import LeavingStatements
from shared.usecases.uploads.incoming import linger_s
from shared.usecases.uploads.upload import LATECOMERS_S

BATCH = 500
"""Rows of each table, and images, that go in one transaction."""

BATCHES = 10
"""At most in one round of the sweeper, so that others have their turn."""

HEARD_S = 5.0
"""After so long every process knows that a tenant is disabled, and accepts nothing new for it."""


async def enable(tenants: LeavingStatements, tenant: Tenant) -> None:
    """Let a tenant's keys in again."""
    if not await tenants.enable_tenant(tenant.id):
        raise ConflictError(f"The tenant {tenant.name} is being deleted.")


async def begin_deletion(tenants: LeavingStatements, tenant: Tenant) -> None:
    """Have workers delete a tenant and all that it has; calling it again changes nothing."""
    if not await tenants.begin_tenant_deletion(tenant.id):
        raise ConflictError(
            f"The tenant {tenant.name} is in use: disable it first, with "
            f"`fototeca tenant disable {tenant.name}`."
        )


@dataclass(frozen=True, slots=True)
class TenantRemover:
    """Deletes what is left of tenants that are being deleted; `longest_s` is the longest upload."""

    database: Database
    longest_s: float

    async def work(self) -> int:
        """Do some of what there is to do; return how many rows went."""
        done, after = 0, 0
        for _ in range(BATCHES):
            async with self.database.transaction() as statements:
                tenant_id = await statements.lock_leaving_tenant(after)
                if tenant_id is None:
                    return done
                went = await self._take_apart(statements, tenant_id)
            done += went
            after = after if went else tenant_id
        return done

    async def _take_apart(self, statements: Statements, tenant_id: int) -> int:
        """Delete a batch: first rows that refer to images, then images, at last the tenant."""
        went = await statements.forget_tenant_rows(tenant_id, BATCH)
        went = went or await statements.forget_tenant_images(tenant_id, BATCH)
        if not went:
            await statements.end_tenant_uploads(tenant_id, LATECOMERS_S, linger_s(self.longest_s))
            await statements.end_tenant(tenant_id, HEARD_S)
        return went
