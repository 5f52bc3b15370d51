"""Putting bytes into the library: recorded before the first byte, committed after the last."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog
from uuid_utils.compat import uuid4, uuid7

from shared.domain.errors import ConflictError, UnavailableError, UploadTimeoutError
from shared.domain.image import Image, Tenant
from shared.domain.job import Job
from shared.domain.keys import original_key
from shared.domain.reference import Reference
from shared.usecases.editing.conditions import ANY, Precondition, check_resting
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.objects_ports import Original, Upload
from shared.usecases.persistence import to_its_end
from shared.usecases.ports import Bell, Database, Statements, Storage
from shared.usecases.ringing import ring_or_leave
from shared.usecases.tenants.admission import Admission, Room
from shared.usecases.uploads.intake import Intake
from shared.usecases.uploads.revision import (
    check_name,
    create_image,
    has_same_bytes,
    replace_original,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")

LATECOMERS_S = 900.0
"""After so long a put whose answer was not waited for cannot take effect any more."""

MAX_DUPLICATES = 10
"""Told at most of one upload; `$filter=sha256 eq '…'` finds them all."""

GIVE_UP_S = 2.0
"""For Postgres to hear that an upload has failed; else its deadline says so, much later."""


class Effect(StrEnum):
    """What an upload did."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


class Stored(NamedTuple):
    """What came of an upload; `duplicates` are other references of the tenant with its bytes."""

    image: Image
    effect: Effect
    duplicates: Sequence[str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, retention in days."""

    timeout_s: float
    retention_days: int
    scratch: Path | None = None


@dataclass(frozen=True, slots=True)
class Uploads:
    """Stores bodies under references."""

    database: Database
    storage: Storage
    bell: Bell
    limits: Limits
    admission: Admission

    async def store(
        self,
        tenant: Tenant,
        reference: Reference,
        body: AsyncIterator[bytes],
        *,
        declared_bytes: int | None = None,
        precondition: Precondition = ANY,
        tags: Sequence[str] = (),
        create_only: bool = False,
        claim: Claim | None = None,
    ) -> Stored:
        """Store a body as the newest revision of an image, which is then in Up.

        The state is checked before the body is read and again at the commit. When this returns,
        the bytes are stored and the image will reach Ok or Er.
        """
        upload, room = await self._begin(
            tenant, reference, declared_bytes, precondition, create_only=create_only
        )
        return await self.receive(upload, room, body, tags, precondition, claim)

    async def receive(
        self,
        upload: Upload,
        room: Room,
        body: AsyncIterator[bytes],
        tags: Sequence[str] = (),
        precondition: Precondition = ANY,
        claim: Claim | None = None,
    ) -> Stored:
        """Store the body of an upload that was recorded, and commit it to its image."""

        async def commit(original: Original) -> Stored:
            return await self._commit(upload, original, tags, precondition, claim)

        stored = await self.take(upload, room, body, commit)
        if stored.effect is not Effect.UNCHANGED:
            image = stored.image
            job = Job(image.tenant_id, image.id, image.revision, image.attempt)
            await ring_or_leave(self.bell, job)
        return stored

    async def take(
        self,
        upload: Upload,
        room: Room,
        body: AsyncIterator[bytes],
        commit: Callable[[Original], Awaitable[T]],
    ) -> T:
        """Store the body of an upload that was recorded; what fails is left to the sweeper."""
        intake = self._intake(upload, room)
        try:
            return await commit(await self._receive(intake, body))
        except BaseException:
            await to_its_end(give_up(self.database, upload, intake))
            raise

    async def _begin(
        self,
        tenant: Tenant,
        reference: Reference,
        declared_bytes: int | None,
        precondition: Precondition,
        *,
        create_only: bool,
    ) -> tuple[Upload, Room]:
        async with self.database.transaction() as statements:
            image = await statements.image_by_reference(tenant.id, reference)
            if create_only and image is not None:
                raise ConflictError(
                    "An image with this reference exists already; PUT replaces it.",
                    field="reference",
                )
            precondition.check(image)
            if image is not None:
                check_resting(image)
            room = await self.admission.admit(
                statements, tenant.id, declared_bytes, new_images=image is None
            )
            return await self.reserve(statements, tenant, reference, image), room

    async def reserve(
        self, statements: Statements, tenant: Tenant, reference: Reference, image: Image | None
    ) -> Upload:
        """Record that bytes for an image, or for a new one, are about to arrive."""
        upload = await _reserved(statements, tenant, reference, image)
        await statements.begin_upload(upload, self.limits.timeout_s + LATECOMERS_S)
        return upload

    def _intake(self, upload: Upload, room: Room) -> Intake:
        async def note(multipart_id: str) -> None:
            if not await self.database.note_multipart(upload, multipart_id):
                raise _too_late()

        return Intake(
            self.storage,
            upload.key,
            note,
            check=room.check,
            scratch=self.limits.scratch,
        )

    async def _receive(self, intake: Intake, body: AsyncIterator[bytes]) -> Original:
        try:
            async with asyncio.timeout(self.limits.timeout_s):
                return await intake.receive(body)
        except TimeoutError as error:
            raise _too_late() from error

    async def _commit(
        self,
        upload: Upload,
        original: Original,
        tags: Sequence[str],
        precondition: Precondition,
        claim: Claim | None,
    ) -> Stored:
        async with self.database.transaction() as statements:
            if not await statements.consume_upload(upload):
                raise _too_late()
            if upload.image_id is None:
                created = await create_image(statements, upload, original, tags, precondition)
                await note(statements, claim, str(created.uid))
                return await _stored(statements, created, Effect.CREATED)
            image = await statements.lock_image(upload.tenant_id, upload.image_id)
            if image is None or image.deleted_at is not None:
                raise ConflictError("The image was deleted while its new bytes arrived.")
            check_name(image, upload)
            precondition.check(image)
            check_resting(image)
            if await has_same_bytes(statements, image, original):
                await statements.intend(upload.tenant_id, [upload.key], 0)
                return await _stored(statements, image, Effect.UNCHANGED)
            image = await replace_original(statements, image, upload, original)
            await statements.supersede(image.tenant_id, image.id, self.limits.retention_days)
            return await _stored(statements, image, Effect.REPLACED)


async def _stored(statements: Statements, image: Image, effect: Effect) -> Stored:
    found = await statements.duplicates_of(
        image.tenant_id, image.id, image.revision, MAX_DUPLICATES
    )
    return Stored(image, effect, found)


async def _reserved(
    statements: Statements, tenant: Tenant, reference: Reference, image: Image | None
) -> Upload:
    uid = image.uid if image else uuid7()
    revision = await statements.next_revision(tenant.id, image.id) if image else 1
    if revision is None:
        raise ConflictError("The image was deleted just now; send it again to create a new one.")
    return Upload(
        id=uuid4(),
        tenant_id=tenant.id,
        image_id=image.id if image else None,
        uid=uid,
        reference=reference,
        revision=revision,
        base_revision=image.revision if image else None,
        key=original_key(tenant.name, uid, revision, reference),
    )


async def give_up(database: Database, upload: Upload, intake: Intake) -> None:
    """Have the sweeper clear up: now, or when nothing can arrive any more."""
    due_in_s = LATECOMERS_S if intake.is_unanswered else 0
    try:
        async with asyncio.timeout(GIVE_UP_S):
            await database.expire_upload(upload.tenant_id, upload.id, due_in_s)
    except (UnavailableError, TimeoutError) as error:
        log.warning("upload_left_to_its_deadline", key=upload.key, cause=repr(error))


def _too_late() -> UploadTimeoutError:
    return UploadTimeoutError("The upload took longer than it may; nothing of it was kept.")
