"""Statements on webhooks."""

from collections.abc import Sequence
from uuid import UUID

from shared.db.events import event_from
from shared.db.executor import Executor
from shared.domain.event import Event
from shared.domain.signature import Pads
from shared.usecases.webhooks.ports import Settlement, Turn, Webhook, WebhookChange


class WebhookTable(Executor):
    """See `WebhookStatements`."""

    async def lock_event_head(self, tenant_id: int) -> int:
        (row,) = await self.rows("lock_event_head", tenant_id)
        return int(row["seq"])

    async def count_webhooks(self, tenant_id: int) -> int:
        (row,) = await self.rows("count_webhooks", tenant_id)
        return int(row["size"])

    async def insert_webhook(
        self,
        tenant_id: int,
        webhook_id: UUID,
        url: str,
        events: Sequence[str],
        description: str | None,
        secret: bytes,
        seq: int,
    ) -> None:
        args = (tenant_id, webhook_id, url, list(events), description, secret, seq)
        await self.rows("insert_webhook", *args)

    async def webhooks_of(
        self, tenant_id: int, webhook_id: UUID | None = None
    ) -> Sequence[Webhook]:
        rows = await self.rows("webhooks_of", tenant_id, webhook_id)
        return [Webhook(**dict(row)) for row in rows]

    async def change_webhook(self, tenant_id: int, webhook_id: UUID, change: WebhookChange) -> bool:
        row = await self.row(
            "change_webhook",
            tenant_id,
            webhook_id,
            change.url,
            None if change.events is None else list(change.events),
            change.has_description,
            change.description,
            change.is_enabled,
        )
        return row is not None

    async def rotate_webhook(
        self, tenant_id: int, webhook_id: UUID, secret: bytes, both_s: float
    ) -> bool:
        return await self.row("rotate_webhook", tenant_id, webhook_id, secret, both_s) is not None

    async def delete_webhook(self, tenant_id: int, webhook_id: UUID) -> bool:
        return await self.row("delete_webhook", tenant_id, webhook_id) is not None

    async def claim_webhooks(self, limit: int, *, failing: bool, lease_s: float) -> list[Turn]:
        rows = await self.rows("claim_webhooks", limit, failing, lease_s)
        return [Turn(**dict(row)) for row in rows]

    async def pending_events(
        self, turn: Turn, limit: int, cdn_base: str, pads: Pads
    ) -> Sequence[Event]:
        args = (turn.tenant_id, turn.id, limit, cdn_base, pads.query, pads.inner, pads.outer)
        rows = await self.rows("pending_events", *args)
        return [event_from(row) for row in rows]

    async def settle_webhook(self, turn: Turn, settlement: Settlement) -> bool:
        row = await self.row(
            "settle_webhook",
            turn.tenant_id,
            turn.id,
            turn.lease,
            settlement.cursor_seq,
            list(settlement.delivered),
            settlement.is_progress,
            settlement.error,
            settlement.retry_s,
            settlement.disabled_reason,
        )
        return row is not None
