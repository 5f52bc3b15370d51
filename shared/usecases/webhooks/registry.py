"""A tenant's webhooks: made, shown, changed, deleted. Telling them is in `webhooks_delivery`."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from shared.domain.errors import ConflictError, InvalidInputError, NotFoundError, OutgoingError
from shared.domain.event import EventType
from shared.domain.image import Tenant
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.ports import Database
from shared.usecases.webhooks.ports import Addresses, Seal, Webhook, WebhookChange

MAX_PER_TENANT = 20
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 of every secret, by the Standard Webhooks specification
BOTH_S = 24 * 3600.0
"""So long after a rotation the former secret signs as well."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What admins ask for."""

    database: Database
    addresses: Addresses
    seal: Seal

    async def create(
        self,
        tenant: Tenant,
        url: str,
        events: Sequence[str],
        description: str | None,
        claim: Claim | None = None,
    ) -> tuple[Webhook, str]:
        """Make a webhook for what happens from now on; its secret cannot be read again.

        One that an earlier try of the same request has made, and whose secret nobody heard, goes.
        """
        await self._check(url)
        webhook_id, secret = UUID(str(uuid7())), secrets.token_bytes(SECRET_BYTES)
        async with self.database.transaction() as statements:
            seq = await statements.lock_event_head(tenant.id)
            for unheard in claim.resources if claim is not None else ():
                await statements.delete_webhook(tenant.id, UUID(unheard))
            if await statements.count_webhooks(tenant.id) >= MAX_PER_TENANT:
                raise ConflictError(
                    f"There are {MAX_PER_TENANT} webhooks, and no more may be: delete one first."
                )
            await statements.insert_webhook(
                tenant.id, webhook_id, url, events, description, self.seal.seal(secret), seq
            )
            await note(statements, claim, str(webhook_id))
        return await self.show(tenant, webhook_id), _as_text(secret)

    async def show_all(self, tenant: Tenant) -> Sequence[Webhook]:
        """Return them all, the oldest first."""
        return await self.database.webhooks_of(tenant.id)

    async def show(self, tenant: Tenant, webhook_id: UUID) -> Webhook:
        """Return one."""
        for webhook in await self.database.webhooks_of(tenant.id, webhook_id):
            return webhook
        raise _unknown(webhook_id)

    async def change(self, tenant: Tenant, webhook_id: UUID, change: WebhookChange) -> Webhook:
        """Change one; when it is enabled again it goes on where it was."""
        if change.url is not None:
            await self._check(change.url)
        if not await self.database.change_webhook(tenant.id, webhook_id, change):
            raise _unknown(webhook_id)
        return await self.show(tenant, webhook_id)

    async def rotate(self, tenant: Tenant, webhook_id: UUID) -> str:
        """Give it another secret; for a day the former signs as well."""
        secret = secrets.token_bytes(SECRET_BYTES)
        sealed = self.seal.seal(secret)
        if not await self.database.rotate_webhook(tenant.id, webhook_id, sealed, BOTH_S):
            raise _unknown(webhook_id)
        return _as_text(secret)

    async def ping(self, tenant: Tenant, webhook_id: UUID) -> None:
        """Have it told of an event of its own, behind whatever it waits for."""
        webhook = await self.show(tenant, webhook_id)
        if webhook.disabled_on is not None:
            raise ConflictError('The webhook is disabled: PATCH it with {"enabled": true} first.')
        data = orjson.dumps({"webhookId": str(webhook_id)}).decode()
        await self.database.announce(tenant.id, EventType.WEBHOOK_PING, data, webhook_id)

    async def delete(self, tenant: Tenant, webhook_id: UUID) -> None:
        """Delete one, with what it waits for."""
        if not await self.database.delete_webhook(tenant.id, webhook_id):
            raise _unknown(webhook_id)

    async def _check(self, url: str) -> None:
        try:
            await self.addresses.check(url)
        except OutgoingError as error:
            raise InvalidInputError(error.detail, field="url") from error


def _as_text(secret: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def _unknown(webhook_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no webhook {webhook_id}.")
