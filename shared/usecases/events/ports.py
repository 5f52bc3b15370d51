"""What events need of Postgres."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.domain.event import Event, EventType
from shared.domain.signature import Pads


@dataclass(frozen=True, slots=True)
class Span:
    """Which events of a tenant can be read: those after `floor`, up to `head`."""

    floor: int
    head: int


@dataclass(frozen=True, slots=True)
class News:
    """Of what the relay numbered: the last of each tenant, type and addressee, and how many."""

    tenant_id: int
    type: EventType
    webhook_id: UUID | None
    last_seq: int
    count: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How old the oldest event is that has no number yet, and that a webhook waits for."""

    unnumbered_s: float
    undelivered_s: float


class EventStatements(Protocol):
    """Events; those of the relay, and their lag, are for all tenants."""

    async def take_relay(self) -> bool: ...
    async def number_events(
        self, after_tenant: int, tenants: int, limit_each: int
    ) -> Sequence[News]: ...
    async def wake_webhooks(self, news: Sequence[News]) -> None: ...
    async def news_lag(self) -> Lag: ...
    async def sweep_events(self, retention_days: float, limit_each: int) -> int: ...
    async def event_span(self, tenant_id: int) -> Span: ...
    async def event_heads(self, tenant_ids: Collection[int]) -> Mapping[int, int]: ...
    async def events_after(
        self, tenant_id: int, seq: int, limit: int, cdn_base: str, pads: Pads
    ) -> Sequence[Event]: ...
    async def announce(
        self, tenant_id: int, kind: EventType, data: str, webhook_id: UUID | None
    ) -> None: ...
