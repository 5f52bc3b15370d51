"""What webhooks need from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.domain.event import Event
from shared.domain.signature import Pads


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as its owner sees it; `pending` is counted to 1000."""

    id: UUID
    url: str
    events: Sequence[str]
    description: str | None
    created_on: datetime
    disabled_on: datetime | None
    disabled_reason: str | None
    failures: int
    last_error: str | None
    last_error_on: datetime | None
    last_success_on: datetime | None
    due_at: datetime | None
    pending: int


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """None leaves as it is; `has_description` tells a null from nothing."""

    url: str | None = None
    events: Sequence[str] | None = None
    has_description: bool = False
    description: str | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A webhook that a worker has claimed; `lease` is until when, and the proof of it.

    Secrets are sealed. `cursor_seq` and `delivered` say what the receiver has, `head_seq` what it
    asks for.
    """

    tenant_id: int
    id: UUID
    url: str
    secret: bytes
    old_secret: bytes | None
    cursor_seq: int
    head_seq: int
    delivered: Sequence[int]
    failures: int
    lease: datetime
    failing_s: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of a turn: delivered up to `cursor_seq`, and some beyond.

    `error` has it tried again after `retry_s`, but for where `disabled_reason` says why not.
    """

    cursor_seq: int
    delivered: Sequence[int]
    is_progress: bool
    error: str | None = None
    retry_s: float = 0.0
    disabled_reason: str | None = None


class WebhookStatements(Protocol):
    """Webhooks; `claim_webhooks` is for all tenants."""

    async def lock_event_head(self, tenant_id: int) -> int: ...
    async def count_webhooks(self, tenant_id: int) -> int: ...
    async def insert_webhook(
        self,
        tenant_id: int,
        webhook_id: UUID,
        url: str,
        events: Sequence[str],
        description: str | None,
        secret: bytes,
        seq: int,
    ) -> None: ...
    async def webhooks_of(
        self, tenant_id: int, webhook_id: UUID | None = None
    ) -> Sequence[Webhook]: ...
    async def change_webhook(
        self, tenant_id: int, webhook_id: UUID, change: WebhookChange
    ) -> bool: ...
    async def rotate_webhook(
        self, tenant_id: int, webhook_id: UUID, secret: bytes, both_s: float
    ) -> bool: ...
    async def delete_webhook(self, tenant_id: int, webhook_id: UUID) -> bool: ...
    async def claim_webhooks(self, limit: int, *, failing: bool, lease_s: float) -> list[Turn]: ...
    async def pending_events(
        self, turn: Turn, limit: int, cdn_base: str, pads: Pads
    ) -> Sequence[Event]: ...
    async def settle_webhook(self, turn: Turn, settlement: Settlement) -> bool: ...


class Seal(Protocol):
    """Encrypts what has to be read again."""

    def seal(self, plain: bytes) -> bytes: ...
    def unseal(self, sealed: bytes) -> bytes: ...


class Addresses(Protocol):
    """Says whether an address may be reached; raises an OutgoingError if not."""

    async def check(self, url: str) -> None: ...


class Courier(Protocol):
    """Sends a body once and returns the status; raises an OutgoingError where there is none."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int: ...
