"""Announcing bytes that go straight to S3: an image in Vd, and where to send them."""

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from uuid_utils.compat import uuid4, uuid7

from shared.domain.errors import ConflictError, TooManyUploadsError, UnavailableError
from shared.domain.image import Image, Tenant
from shared.domain.keys import incoming_key
from shared.domain.reference import Reference
from shared.domain.status import Status
from shared.usecases.editing.changing import Change, by_reference, change
from shared.usecases.editing.conditions import ANY, RETRY_AFTER_S
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.persistence import to_its_end
from shared.usecases.ports import Database, Statements, Storage
from shared.usecases.tenants.admission import Admission
from shared.usecases.uploads.incoming_ports import Announced, Presigner, SignedRequest, Stage
from shared.usecases.uploads.upload import GIVE_UP_S, LATECOMERS_S

log = structlog.get_logger(__name__)

MEBIBYTE = 1024 * 1024

WHOLE_BYTES = 256 * MEBIBYTE
"""What is larger comes in parts: so much is copied, in one call, while a client waits."""

MIN_PART_BYTES = 16 * MEBIBYTE
MAX_PARTS = 1000
"""One page of S3's list of parts."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which uploads are taken: `ttl_s` is a URL's life, `longest_s` the longest upload."""

    ttl_s: int
    longest_s: float
    max_open: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a client is about to send; `tags` None leaves those of a void image as they are."""

    reference: Reference
    size_in_bytes: int
    tags: Sequence[str] | None = None
    sha256: bytes | None = None
    in_parts: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where the bytes go: in one request, or in several whose numbers begin with 1."""

    expires_at: datetime
    whole: SignedRequest | None = None
    parts: Sequence[SignedRequest] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class IncomingUploads:
    """Opens presigned uploads."""

    database: Database
    storage: Storage
    presigner: Presigner
    terms: Terms
    admission: Admission

    async def open(
        self, tenant: Tenant, wanted: Announcement, claim: Claim | None = None
    ) -> tuple[Image, Ticket]:
        """Create an image in Vd, or take one whose upload has expired, and say where to send.

        One that an earlier try of the same request has made gets another upload.
        """
        upload, expires_at = await self._record(tenant, wanted, claim)
        try:
            multipart_id = None
            if upload.part_bytes is not None:
                multipart_id = await self.storage.begin_multipart(upload.key)
            ticket = await self._sign(upload, multipart_id, expires_at)
            image = await self._attach(tenant, upload, multipart_id, wanted.tags, claim)
        except BaseException:
            await to_its_end(self._give_up(upload))
            raise
        return image, ticket

    async def _record(
        self, tenant: Tenant, wanted: Announcement, claim: Claim | None
    ) -> tuple[Announced, datetime]:
        async with self.database.transaction() as statements:
            await statements.lock_incoming(tenant.id)
            image = await statements.image_by_reference(tenant.id, wanted.reference)
            if image is not None:
                await _check_void(statements, image, claim)
            await self._check_room(statements, tenant)
            await self.admission.admit(
                statements, tenant.id, wanted.size_in_bytes, new_images=image is None
            )
            upload = Announced(
                id=uuid4(),
                tenant_id=tenant.id,
                image_id=image.id if image else None,
                uid=image.uid if image else uuid7(),
                reference=wanted.reference,
                key=incoming_key(tenant.name, uuid4()),
                size_in_bytes=wanted.size_in_bytes,
                sha256=wanted.sha256,
                part_bytes=_part_bytes(wanted),
            )
            deadline_s = self.terms.ttl_s + linger_s(self.terms.longest_s)
            return upload, await statements.begin_incoming(upload, self.terms.ttl_s, deadline_s)

    async def _check_room(self, statements: Statements, tenant: Tenant) -> None:
        uploads, expires_in_s = await statements.open_incoming(tenant.id)
        if uploads >= self.terms.max_open:
            raise TooManyUploadsError(
                f"{uploads} presigned uploads are open, which is as many as may be at once "
                "(FOTOTECA_MAX_OPEN_UPLOADS): complete some of them, or wait until they expire.",
                retry_after_s=max(1, math.ceil(expires_in_s)),
            )

    async def _sign(
        self, upload: Announced, multipart_id: str | None, expires_at: datetime
    ) -> Ticket:
        ttl_s = self.terms.ttl_s
        if multipart_id is None:
            whole = await self.presigner.sign_put(upload.key, upload.size_in_bytes, ttl_s)
            return Ticket(expires_at, whole=whole)
        parts = []
        for number, size in enumerate(part_sizes(upload), start=1):
            parts.append(
                await self.presigner.sign_part(upload.key, multipart_id, number, size, ttl_s)
            )
            await asyncio.sleep(0)  # signing is computing: others have their turn in between
        return Ticket(expires_at, parts=parts)

    async def _attach(
        self,
        tenant: Tenant,
        upload: Announced,
        multipart_id: str | None,
        tags: Sequence[str] | None,
        claim: Claim | None,
    ) -> Image:
        async with self.database.transaction() as statements:
            if upload.image_id is None:
                image = await statements.insert_void_image(
                    tenant.id, upload.uid, upload.reference, tags or ()
                )
            else:
                image = await _retake(statements, tenant, upload, tags)
            if image is None:
                raise ConflictError(
                    "Another upload created this reference just now.",
                    field="reference",
                    retry_after_s=RETRY_AFTER_S,
                )
            if not await statements.attach_incoming(upload, image.id, multipart_id):
                raise UnavailableError("The upload took too long to begin; try again.")
            await note(statements, claim, str(image.uid))
        return image

    async def _give_up(self, upload: Announced) -> None:
        """Have the sweeper clear up; where Postgres does not hear it, at the deadline."""
        try:
            async with asyncio.timeout(GIVE_UP_S):
                await self.database.expire_incoming(upload.tenant_id, upload.id, LATECOMERS_S)
        except (UnavailableError, TimeoutError) as error:
            log.warning("upload_left_to_its_deadline", key=upload.key, cause=repr(error))


async def _check_void(statements: Statements, image: Image, claim: Claim | None) -> None:
    """Refuse a reference that has an image, unless that waits for bytes which will not come."""
    if image.status is not Status.VOID:
        raise ConflictError(
            "An image with this reference exists already; PUT replaces it.", field="reference"
        )
    if claim is not None and str(image.uid) in claim.resources:
        return
    newest = await statements.newest_incoming(image.tenant_id, image.id)
    if newest is not None and newest.stage == Stage.OPEN and not newest.is_expired:
        raise ConflictError(
            f"An upload for this reference is open until {newest.expires_at:%Y-%m-%dT%H:%M:%S} UTC:"
            " complete it, or delete the image and send this again.",
            field="reference",
        )


async def _retake(
    statements: Statements, tenant: Tenant, upload: Announced, tags: Sequence[str] | None
) -> Image:
    wanted = Change({} if tags is None else {"tags": list(tags)}, frozenset({Status.VOID}))
    return await change(statements, by_reference(tenant, Reference(upload.reference)), ANY, wanted)


def linger_s(longest_s: float) -> float:
    """Return how long after a URL has expired bytes may still come to its key, in seconds."""
    return longest_s + LATECOMERS_S


def part_sizes(upload: Announced) -> Iterator[int]:
    """Yield the sizes of an upload's parts: all the same, but for the last."""
    left, size = upload.size_in_bytes, upload.part_bytes or upload.size_in_bytes
    while left > 0:
        yield min(left, size)
        left -= size


def _part_bytes(wanted: Announcement) -> int | None:
    """Return the size of parts, in whole MiB, or None for one request."""
    if not wanted.in_parts and wanted.size_in_bytes <= WHOLE_BYTES:
        return None
    least = math.ceil(wanted.size_in_bytes / MAX_PARTS / MEBIBYTE) * MEBIBYTE
    return max(MIN_PART_BYTES, least)
