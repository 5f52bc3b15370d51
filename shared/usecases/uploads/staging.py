"""Files that come before their image: announced, sent with a token, and then made an image of.

The bytes wait as an upload, at the key that they keep; what nobody makes an image of is cleared
by the upload's deadline.
"""

import hashlib
import math
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid4, uuid7

from shared.domain.disabled import disabled
from shared.domain.errors import (
    ConflictError,
    NotFoundError,
    TooManyUploadsError,
    UploadTimeoutError,
)
from shared.domain.gravity import CENTER
from shared.domain.image import Image, Kind, Tenant
from shared.domain.job import Job
from shared.domain.keys import original_key, split_extension
from shared.domain.reference import MAX_CHARACTERS, Reference, parse_reference
from shared.domain.ulid import ulid_of
from shared.usecases.objects_ports import Original, Upload
from shared.usecases.ports import Bell, Database, Statements
from shared.usecases.ringing import ring_or_leave
from shared.usecases.tenants.admission import Room
from shared.usecases.uploads.revision import insert_original
from shared.usecases.uploads.staging_ports import Staged
from shared.usecases.uploads.upload import LATECOMERS_S, Uploads

_TOKEN = re.compile(r"fu([1-9]\d{0,17})_[A-Za-z0-9_-]{43}")
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a file's bytes go: `id` will be the image's uid."""

    id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Creation:
    """The image that a file becomes.

    `name`, or else the name with which the file was announced, is its reference if that is free.
    """

    name: Reference | None
    kind: Kind = Kind.PICTURE
    tags: Sequence[str] = field(default_factory=tuple)
    gravity: str = CENTER


Then = Callable[[Statements, Image], Awaitable[None]]
"""What else is written in the transaction that creates the image."""


@dataclass(frozen=True, slots=True)
class Staging:
    """Takes files, and makes images of them."""

    database: Database
    uploads: Uploads
    bell: Bell
    ttl_s: int
    max_open: int

    async def open(self, tenant: Tenant, name: str) -> Ticket:
        """Announce a file of that name."""
        reference = parse_reference(name)
        file_id = uuid7()
        token = f"fu{tenant.id}_{secrets.token_urlsafe(_TOKEN_BYTES)}"
        async with self.database.transaction() as statements:
            await statements.lock_incoming(tenant.id)
            files, expires_in_s = await statements.count_staged(tenant.id)
            if files >= self.max_open:
                raise TooManyUploadsError(
                    f"{files} uploaded files wait for their image, which is as many as may be "
                    "(FOTOTECA_MAX_OPEN_UPLOADS): make images of them, or wait until they expire.",
                    retry_after_s=max(1, math.ceil(expires_in_s)),
                )
            expires_at = await statements.insert_staged(
                tenant.id, file_id, _sha256(token), reference, self.ttl_s
            )
        return Ticket(file_id, token, expires_at)

    async def receive(
        self, token: str, body: AsyncIterator[bytes], declared_bytes: int | None
    ) -> Original:
        """Store a file's bytes; those that came before for it go."""
        upload, room = await self._begin(token, declared_bytes)

        async def commit(original: Original) -> Original:
            await self._fill(upload, original)
            return original

        return await self.uploads.take(upload, room, body, commit)

    async def _begin(self, token: str, declared_bytes: int | None) -> tuple[Upload, Room]:
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise _unknown()
        tenant_id = int(match[1])
        async with self.database.transaction() as statements:
            file = await statements.begin_staged(tenant_id, _sha256(token))
            if file is None:
                raise _unknown()
            if file.is_disabled:
                raise disabled(file.tenant)
            room = await self.uploads.admission.admit(
                statements, tenant_id, declared_bytes, new_images=1
            )
            upload = Upload(
                id=uuid4(),
                tenant_id=tenant_id,
                image_id=None,
                uid=file.id,
                reference=file.name,
                revision=file.revision_counter,
                base_revision=None,
                key=original_key(file.tenant, file.id, file.revision_counter, file.name),
            )
            await statements.begin_upload(upload, self.uploads.limits.timeout_s + LATECOMERS_S)
        return upload, room

    async def _fill(self, upload: Upload, original: Original) -> None:
        async with self.database.transaction() as statements:
            if not await statements.hold_upload(upload, self.ttl_s + LATECOMERS_S):
                raise UploadTimeoutError("The upload took longer than it may; nothing was kept.")
            before = await statements.fill_staged(upload, original, self.ttl_s)
            if before is None:
                raise ConflictError(
                    "The file was made an image of meanwhile, or others of its bytes came later."
                )
            if before[0] is not None:
                await statements.expire_upload(upload.tenant_id, before[0], 0)

    async def create(self, tenant: Tenant, file_id: UUID, wanted: Creation, then: Then) -> Image:
        """Make an image of a file whose bytes have come; `then` may write what belongs to it."""
        async with self.database.transaction() as statements:
            staged = await statements.take_staged(tenant.id, file_id)
            if staged is None:
                raise NotFoundError(
                    "There is no such file: it was used already, or has expired; upload it again."
                )
            image = await _insert(statements, tenant, staged, wanted)
            await then(statements, image)
        await ring_or_leave(
            self.bell, Job(image.tenant_id, image.id, image.revision, image.attempt)
        )
        return image


async def _insert(
    statements: Statements, tenant: Tenant, staged: Staged, wanted: Creation
) -> Image:
    if staged.upload_id is None or not (staged.key and staged.size_in_bytes and staged.sha256):
        raise ConflictError("The file's bytes have not come yet: send them to its URL first.")
    original = Original(staged.key, staged.size_in_bytes, staged.sha256)
    name = wanted.name or Reference(staged.name)
    for reference in (name, _other(name, staged.id)):
        upload = Upload(
            id=staged.upload_id,
            tenant_id=tenant.id,
            image_id=None,
            uid=staged.id,
            reference=reference,
            revision=staged.revision,
            base_revision=None,
            key=staged.key,
        )
        image = await statements.insert_image(
            upload, wanted.tags, original, wanted.kind, wanted.gravity
        )
        if image is not None:
            if not await statements.consume_upload(upload):
                raise NotFoundError("The file has expired: upload it again.")
            await insert_original(statements, image, upload, original)
            return image
    raise ConflictError("An image with this reference exists already.", field="name")


def _other(name: Reference, uid: UUID) -> Reference:
    """Return `{stem}-{ULID}{ext}`, for a name that is taken."""
    stem, extension = split_extension(name)
    suffix = f"-{ulid_of(uid)}{extension}"
    return Reference(stem[: MAX_CHARACTERS - len(suffix)] + suffix)


def _unknown() -> NotFoundError:
    return NotFoundError(
        "This upload URL is not known, was used, or has expired: ask for a new one."
    )


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()
