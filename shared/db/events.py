"""Statements on events."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import asyncpg

from shared.db.executor import Executor
from shared.domain.event import Event, EventType
from shared.domain.signature import Pads
from shared.usecases.events.ports import Lag, News, Span

RELAY_LOCK = 0x46457674
"""Advisory lock of the relay: any constant that nothing else uses."""


class EventTable(Executor):
    """See `EventStatements`."""

    async def take_relay(self) -> bool:
        (row,) = await self.rows("take_relay", RELAY_LOCK)
        return bool(row["taken"])

    async def number_events(
        self, after_tenant: int, tenants: int, limit_each: int
    ) -> Sequence[News]:
        rows = await self.rows("number_events", after_tenant, tenants, limit_each)
        return [
            News(
                row["tenant_id"],
                EventType(row["type"]),
                row["webhook_id"],
                row["last_seq"],
                row["count"],
            )
            for row in rows
        ]

    async def wake_webhooks(self, news: Sequence[News]) -> None:
        await self.rows(
            "wake_webhooks",
            [item.tenant_id for item in news],
            [item.type.value for item in news],
            [item.webhook_id for item in news],
            [item.last_seq for item in news],
        )

    async def news_lag(self) -> Lag:
        (row,) = await self.rows("news_lag")
        return Lag(row["unnumbered_s"], row["undelivered_s"])

    async def sweep_events(self, retention_days: float, limit_each: int) -> int:
        return len(await self.rows("sweep_events", retention_days, limit_each))

    async def event_span(self, tenant_id: int) -> Span:
        row = await self.row("event_span", tenant_id)
        return Span(row["floor"], row["head"]) if row else Span(0, 0)

    async def event_heads(self, tenant_ids: Collection[int]) -> Mapping[int, int]:
        rows = await self.rows("event_heads", list(tenant_ids))
        return {row["tenant_id"]: row["seq"] for row in rows}

    async def events_after(
        self, tenant_id: int, seq: int, limit: int, cdn_base: str, pads: Pads
    ) -> Sequence[Event]:
        args = (tenant_id, seq, limit, cdn_base, pads.query, pads.inner, pads.outer)
        rows = await self.rows("events_after", *args)
        return [event_from(row) for row in rows]

    async def announce(
        self, tenant_id: int, kind: EventType, data: str, webhook_id: UUID | None
    ) -> None:
        await self.rows("announce", tenant_id, kind.value, data, webhook_id)


def event_from(row: asyncpg.Record) -> Event:
    """Build an event from a row that `events_after` or `pending_events` gave."""
    return Event(
        row["seq"],
        EventType(row["type"]),
        row["image_id"],
        row["webhook_id"],
        row["occurred_on"],
        row["data"],
    )
