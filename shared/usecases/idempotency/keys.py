"""Requests that may come twice (draft-ietf-httpapi-idempotency-key-header): made once, answered so.

A key belongs to one request of a tenant. Who works on it holds it by a lease; what a request makes
is noted by the transaction that makes it. So whoever takes a key over after a crash finds what was
made, and whoever lost it makes nothing more.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import structlog
from uuid_utils.compat import uuid4

from shared.domain.errors import (
    ConflictError,
    KeyReusedError,
    SealError,
    StillRunningError,
    UnavailableError,
)
from shared.domain.image import Image, Tenant
from shared.domain.reference import Reference
from shared.usecases.access.credentials import Sealer
from shared.usecases.idempotency.ports import Claim, KeptAnswer, KeyStatements
from shared.usecases.persistence import to_its_end
from shared.usecases.ports import Database

log = structlog.get_logger(__name__)

TTL_S = 24 * 3600.0
LEASE_S = 30.0
"""After a crash nobody can take the key over for so long."""

MAX_KEYS = 10_000
"""Of one tenant, more or less; the oldest are forgotten before their time."""
TRIM_EVERY = 50
"""Keys, or so, after which a tenant's are counted: that is dear where there are so many."""

RETRY_AFTER_S = 2
RELEASE_S = 2.0


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Claims keys, and keeps answers."""

    database: Database
    sealer: Sealer

    async def begin(self, tenant: Tenant, key: str, fingerprint: bytes) -> Claim | KeptAnswer:
        """Claim a key for a request, or return the answer that was given to it."""
        claim = Claim(tenant.id, key, uuid4())
        async with self.database.transaction() as statements:
            if random.random() * TRIM_EVERY < 1:  # noqa: S311 only spreads the load
                await statements.trim_keys(tenant.id, MAX_KEYS)
            await statements.forget_key(tenant.id, key)
            resources = await statements.claim_key(claim, fingerprint, LEASE_S, TTL_S)
            if resources is not None:
                return replace(claim, resources=resources)
            state = await statements.key_state(tenant.id, key)
        if state is not None and state.fingerprint != fingerprint:
            raise reused()
        if state is None or state.answer is None:
            raise StillRunningError(
                "The first request with this Idempotency-Key is still being worked on.",
                retry_after_s=RETRY_AFTER_S,
            )
        return self._unsealed(state.answer)

    def _unsealed(self, answer: KeptAnswer) -> KeptAnswer:
        try:
            return replace(answer, body=self.sealer.unseal(answer.body))
        except SealError as error:
            raise KeyReusedError(
                "The answer kept for this Idempotency-Key cannot be read any more, as the "
                "installation's FOTOTECA_SECRET_KEY was changed: see what there is, and use "
                "another key.",
                field="Idempotency-Key",
            ) from error

    @asynccontextmanager
    async def held(self, claim: Claim) -> AsyncIterator[None]:
        """Hold a key while its request is worked on; give it free if that fails."""
        beating = asyncio.create_task(self._beat(claim))
        try:
            yield
        except BaseException:
            await to_its_end(self.release(claim))
            raise
        finally:
            beating.cancel()
            await asyncio.wait({beating})

    async def _beat(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            try:
                await self.database.hold_key(claim, LEASE_S)
            except UnavailableError as error:
                log.warning("key_not_held", cause=repr(error))

    async def keep(self, claim: Claim, answer: KeptAnswer) -> None:
        """Keep an answer, for as long as its key is good."""
        sealed = replace(answer, body=self.sealer.seal(answer.body))
        await self.database.keep_answer(claim, sealed, TTL_S)

    async def release(self, claim: Claim) -> None:
        """Let the same request be tried again at once; unheard, when the lease has run out."""
        try:
            async with asyncio.timeout(RELEASE_S):
                await self.database.hold_key(claim, 0)
        except (UnavailableError, TimeoutError) as error:
            log.warning("key_left_to_its_lease", cause=repr(error))

    async def image_made(self, claim: Claim, reference: Reference, sha256: bytes) -> Image | None:
        """Return the image that an earlier try of this request has made of these bytes."""
        image = await self.database.image_by_reference(claim.tenant_id, reference)
        if image is None or str(image.uid) not in claim.resources:
            return None
        first = await self.database.original_of(claim.tenant_id, image.id, 1)
        return image if first is not None and first.sha256 == sha256 else None


async def note(statements: KeyStatements, claim: Claim | None, resource: str) -> None:
    """Record what a request has created, in the same transaction, if the request has a key."""
    if claim is not None and not await statements.note_resource(claim, resource):
        raise ConflictError(
            "Another try of this request has taken over; it has the answer.",
            retry_after_s=RETRY_AFTER_S,
        )


def reused() -> KeyReusedError:
    """Return the error for a key that was used for another request."""
    return KeyReusedError(
        "This Idempotency-Key was used for another request: use a new key for each new request.",
        field="Idempotency-Key",
    )
