"""Statements on credentials, their tokens and their nonces."""

from shared.db.executor import Executor
from shared.db.tenants import tenant_from
from shared.domain.credential import CredentialKind, CredentialRow, Holder
from shared.domain.image import Principal, Role


class CredentialTable(Executor):
    """See `CredentialStatements`."""

    async def insert_credential(
        self,
        tenant_id: int,
        kind: CredentialKind,
        identifier: str,
        secret: bytes,
        role: Role,
        label: str,
    ) -> None:
        await self.rows("insert_credential", tenant_id, kind, identifier, secret, int(role), label)

    async def list_credentials(self, tenant_id: int) -> list[CredentialRow]:
        return [
            CredentialRow(
                row["id"],
                CredentialKind(row["kind"]),
                row["identifier"],
                Role(row["role"]),
                row["label"],
                row["created_on"].isoformat(timespec="seconds"),
                row["revoked_on"] and row["revoked_on"].isoformat(timespec="seconds"),
            )
            for row in await self.rows("list_credentials", tenant_id)
        ]

    async def revoke_credential(self, tenant_id: int, credential_id: int) -> bool:
        return await self.row("revoke_credential", tenant_id, credential_id) is not None

    async def holder_of_credential(
        self, tenant_id: int, kind: CredentialKind, identifier: str
    ) -> Holder | None:
        row = await self.row("holder_of_credential", tenant_id, kind, identifier)
        if row is None:
            return None
        tenant = tenant_from(row)
        principal = Principal(tenant, Role(row["role"]), row["label"], row["is_disabled"])
        return Holder(row["id"], principal, row["secret"])

    async def insert_token(
        self, tenant_id: int, credential_id: int, sha256: bytes, life_s: float, at_most: int
    ) -> bool:
        row = await self.row("insert_token", tenant_id, credential_id, sha256, life_s, at_most)
        return row is not None

    async def principal_by_token(self, tenant_id: int, sha256: bytes) -> Principal | None:
        row = await self.row("principal_by_token", tenant_id, sha256)
        if row is None:
            return None
        tenant = tenant_from(row)
        return Principal(tenant, Role(row["role"]), row["label"], row["is_disabled"])

    async def delete_token(self, tenant_id: int, credential_id: int, sha256: bytes) -> bool:
        return await self.row("delete_token", tenant_id, credential_id, sha256) is not None

    async def count_nonce(
        self, tenant_id: int, credential_id: int, nonce: str, count: int, life_s: float
    ) -> bool:
        row = await self.row("count_nonce", tenant_id, credential_id, nonce, count, life_s)
        return row is not None
