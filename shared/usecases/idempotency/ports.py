"""What idempotency keys need of Postgres."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given; `digest` is that of the form for which, if it was one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    digest: bytes | None = None


@dataclass(slots=True)
class Claim:
    """A request that this process works on alone; `resources` are what earlier tries have made.

    Whoever reads a form to its end sets its `digest`: without it, its answer is not kept.
    """

    tenant_id: int
    key: str
    owner: UUID
    resources: frozenset[str] = field(default_factory=frozenset)
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key that is another's: what it was used for, and the answer once there is one."""

    fingerprint: bytes
    answer: KeptAnswer | None


class KeyStatements(Protocol):
    """Idempotency keys."""

    async def forget_key(self, tenant_id: int, key: str) -> None: ...
    async def trim_keys(self, tenant_id: int, keep: int) -> None: ...
    async def claim_key(
        self, claim: Claim, fingerprint: bytes, lease_s: float, ttl_s: float
    ) -> frozenset[str] | None: ...
    async def key_state(self, tenant_id: int, key: str) -> KeyState | None: ...
    async def hold_key(self, claim: Claim, lease_s: float) -> bool: ...
    async def note_resource(self, claim: Claim, resource: str) -> bool: ...
    async def keep_answer(self, claim: Claim, answer: KeptAnswer, ttl_s: float) -> None: ...
    async def forget_keys(self, limit: int) -> int: ...
