"""Earlier uploads of an image: which there still are, and how one becomes the newest again."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from shared.domain.errors import ConflictError, NotFoundError, ObjectMissingError
from shared.domain.image import Image, Tenant
from shared.domain.reference import Reference
from shared.domain.status import Status
from shared.usecases.editing.changing import by_reference, lock
from shared.usecases.editing.conditions import ANY, Precondition, check_resting
from shared.usecases.editing.ports import Revision
from shared.usecases.objects_ports import Original, Upload
from shared.usecases.ports import Database, Storage
from shared.usecases.uploads.upload import Effect, Uploads

NEWEST = 2**31 - 1
"""The largest number that a revision may have."""


@dataclass(frozen=True, slots=True)
class Revisions:
    """What callers ask of the revisions of an image that is not deleted."""

    database: Database
    storage: Storage
    uploads: Uploads

    async def page(
        self, tenant: Tenant, reference: Reference, before: int, limit: int
    ) -> tuple[Image, Sequence[Revision]]:
        """Return the image, and its revisions before a number, the newest first."""
        image = await by_reference(tenant, reference)(self.database)
        return image, await self.database.revisions_of(tenant.id, image.id, before, limit)

    async def restore(
        self, tenant: Tenant, reference: Reference, number: int, precondition: Precondition = ANY
    ) -> tuple[Image, Effect]:
        """Upload a revision's bytes anew, from the bucket to the bucket.

        They get a number and a key of their own, since the old key may be due to go and is never
        used again.
        """
        async with self.database.transaction() as statements:
            image = await lock(statements, by_reference(tenant, reference))
            precondition.check(image)
            check_resting(image)
            original = await statements.original_of(tenant.id, image.id, number)
            if original is None:
                raise _gone(number)
            if number == image.revision and image.status is Status.READY:
                return image, Effect.UNCHANGED
            room = await self.uploads.admission.admit(statements, tenant.id, original.size_in_bytes)
            upload: Upload = await self.uploads.reserve(statements, tenant, reference, image)
        body = self._read(number, original)
        stored = await self.uploads.receive(upload, room, body, precondition=precondition)
        return stored.image, stored.effect

    async def _read(self, number: int, original: Original) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        try:
            async for chunk in self.storage.read(original.key):
                digest.update(chunk)
                yield chunk
        except ObjectMissingError as error:
            raise _gone(number) from error
        if digest.digest() != original.sha256:
            raise ConflictError(
                f"The storage gives other bytes than were uploaded as revision {number}."
            )


def _gone(number: int) -> NotFoundError:
    return NotFoundError(
        f"There is no revision {number} of this image, or its original was deleted after its "
        "retention time; GET …/revisions lists those that there are."
    )
