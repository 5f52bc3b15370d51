"""Statements on idempotency keys."""

import orjson

from shared.db.executor import Executor
from shared.usecases.idempotency.ports import Claim, KeptAnswer, KeyState


class KeyTable(Executor):
    """See `KeyStatements`."""

    async def forget_key(self, tenant_id: int, key: str) -> None:
        await self.rows("forget_key", tenant_id, key)

    async def trim_keys(self, tenant_id: int, keep: int) -> None:
        await self.rows("trim_keys", tenant_id, keep)

    async def claim_key(
        self, claim: Claim, fingerprint: bytes, lease_s: float, ttl_s: float
    ) -> frozenset[str] | None:
        row = await self.row("claim_key", *_whose(claim), fingerprint, lease_s, ttl_s)
        return None if row is None else frozenset(row["resources"])

    async def key_state(self, tenant_id: int, key: str) -> KeyState | None:
        row = await self.row("key_state", tenant_id, key)
        if row is None or row["status"] is None:
            return KeyState(row["fingerprint"], None) if row else None
        headers = orjson.loads(row["headers"])
        answer = KeptAnswer(row["status"], headers, row["body"], row["digest"])
        return KeyState(row["fingerprint"], answer)

    async def hold_key(self, claim: Claim, lease_s: float) -> bool:
        return await self.row("hold_key", *_whose(claim), lease_s) is not None

    async def note_resource(self, claim: Claim, resource: str) -> bool:
        return await self.row("note_resource", *_whose(claim), resource) is not None

    async def keep_answer(self, claim: Claim, answer: KeptAnswer, ttl_s: float) -> None:
        headers = orjson.dumps(dict(answer.headers)).decode()
        kept = (answer.status, headers, answer.body, answer.digest)
        await self.rows("keep_answer", *_whose(claim), *kept, ttl_s)

    async def forget_keys(self, limit: int) -> int:
        return len(await self.rows("forget_keys", limit))


def _whose(claim: Claim) -> tuple[object, ...]:
    return claim.tenant_id, claim.key, claim.owner
