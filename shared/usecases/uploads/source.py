"""Images by URL: created at once, fetched by a worker, and given up when nobody answers."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from uuid_utils.compat import uuid7

from shared.domain.errors import ConflictError, InvalidInputError, SourceForbiddenError
from shared.domain.image import Image, Tenant
from shared.domain.job import Job
from shared.domain.reference import Reference
from shared.domain.status import BUSY
from shared.outgoing.urls import AllowedHosts, parse_url
from shared.usecases.editing.images_ports import Guard
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.ports import Bell, Database, Statements
from shared.usecases.processing.claims import Errand
from shared.usecases.processing.processing import Failure
from shared.usecases.ringing import ring_or_leave
from shared.usecases.tenants.admission import Admission

_FIRST_DELAY_S = 2.0
_LONGEST_DELAY_S = 120.0


@dataclass(frozen=True, slots=True)
class SourceImports:
    """Takes down where images are to be fetched from."""

    database: Database
    bell: Bell
    allowed: AllowedHosts
    admission: Admission

    async def create(
        self,
        tenant: Tenant,
        reference: Reference,
        url: str,
        tags: Sequence[str],
        claim: Claim | None = None,
    ) -> Image:
        """Create an image in Up, or return the one that an earlier try of the request has made.

        What can be told from the URL alone is refused here.
        """
        try:
            parse_url(url, self.allowed)
        except SourceForbiddenError as error:
            raise InvalidInputError(error.detail, field="sourceUrl") from error
        async with self.database.transaction() as statements:
            await self.admission.admit(statements, tenant.id, None, new_images=1)
            image = await statements.insert_sourced_image(tenant.id, uuid7(), reference, tags, url)
            if image is None:
                return await _made(statements, tenant, reference, claim)
            await note(statements, claim, str(image.uid))
        await ring_or_leave(self.bell, Job(tenant.id, image.id, image.revision, image.attempt))
        return image


@dataclass(frozen=True, slots=True)
class SourceRetry:
    """How a source that does not answer is tried again, until `give_up_s` seconds have passed."""

    database: Database
    give_up_s: float

    async def wait(self, errand: Errand, detail: str) -> Failure | None:
        """Give an image back, to be tried again after a while; or say that it was long enough."""
        now, image = datetime.now(UTC), errand.image
        since = image.source_missed_on or now
        if (now - since).total_seconds() >= self.give_up_s:
            return Failure("source_unreachable", detail)
        job = errand.job
        await self.database.guarded_update(
            Guard(job.tenant_id, job.image_id, BUSY, job.revision, job.attempt),
            {
                "retries": image.retries + 1,
                "source_missed_on": since,
                "status_reason": "waiting_for_source",
                "status_detail": detail,
            },
            due_in_s=min(_delay_s(image.retries), self.give_up_s),
            touch=False,
        )
        return None


async def _made(
    statements: Statements, tenant: Tenant, reference: Reference, claim: Claim | None
) -> Image:
    image = await statements.image_by_reference(tenant.id, reference)
    if image is None or claim is None or str(image.uid) not in claim.resources:
        raise ConflictError(
            "An image with this reference exists already; PUT replaces it.", field="reference"
        )
    return image


def _delay_s(retries: int) -> float:
    longest = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2 ** min(retries, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311 only spreads the load
