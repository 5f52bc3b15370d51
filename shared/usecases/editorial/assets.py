"""Images as editors have them: made of files, with what is said of them in each language."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.domain.errors import ConflictError, NotFoundError, UnfitBodyError
from shared.domain.image import Image, Tenant
from shared.domain.locale import ImageLocale, Saying
from shared.usecases.editing.changing import by_uid, lock
from shared.usecases.editing.conditions import check_resting
from shared.usecases.editing.images import Images
from shared.usecases.editorial.locales import write_locales
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.ports import Database, Statements
from shared.usecases.uploads.staging import Creation, Staging


@dataclass(frozen=True, slots=True)
class Asset:
    """An image and its locales, by their tags."""

    image: Image
    locales: Sequence[ImageLocale]


@dataclass(frozen=True, slots=True)
class Assets:
    """What editors ask of images."""

    database: Database
    staging: Staging
    images: Images

    async def create(
        self,
        tenant: Tenant,
        file_id: UUID,
        wanted: Creation,
        sayings: Sequence[Saying],
        claim: Claim | None,
    ) -> Asset:
        """Make an image of a file, locales and all, or return what an earlier try has made."""

        async def then(statements: Statements, image: Image) -> None:
            if sayings:
                await write_locales(statements, image, sayings, is_change=False)
            await note(statements, claim, str(image.uid))

        try:
            image = await self.staging.create(tenant, file_id, wanted, then)
        except NotFoundError as error:
            if claim is None or str(file_id) not in claim.resources:
                raise UnfitBodyError({"file_key": [error.detail]}) from error
            return await self.by_uid(tenant, file_id)
        return await self._with_locales(image)

    async def by_uid(self, tenant: Tenant, uid: UUID) -> Asset:
        """Return an image that is not deleted."""
        image = await by_uid(tenant, uid)(self.database)
        if image.deleted_at is not None:
            raise NotFoundError(f"The image {uid} was deleted; it can be restored.")
        return await self._with_locales(image)

    async def by_sha256(self, tenant: Tenant, sha256: bytes) -> Asset:
        """Return the newest image with these bytes that is not deleted."""
        image = await self.database.image_by_sha256(tenant.id, sha256)
        if image is None:
            raise NotFoundError("There is no image with these bytes.")
        return await self._with_locales(image)

    async def say(self, tenant: Tenant, uid: UUID, sayings: Sequence[Saying]) -> Asset:
        """Have an image say this and nothing else."""
        async with self.database.transaction() as statements:
            image = await lock(statements, by_uid(tenant, uid))
            if image.deleted_at is not None:
                raise NotFoundError(f"The image {uid} was deleted; it can be restored.")
            check_resting(image)
            await write_locales(statements, image, sayings, is_change=True)
        return await self.by_uid(tenant, uid)

    async def delete(self, tenant: Tenant, uid: UUID) -> Asset:
        """Delete softly, as the library does."""
        return await self._with_locales(await self.images.delete(by_uid(tenant, uid)))

    async def restore(self, tenant: Tenant, uid: UUID) -> Asset:
        """Bring a deleted image back."""
        try:
            image = await self.images.restore(tenant, uid)
        except ConflictError as error:
            raise ConflictError(
                "Another image has this name meanwhile: rename or delete that one first."
            ) from error
        return await self._with_locales(image)

    async def _with_locales(self, image: Image) -> Asset:
        return Asset(image, await self.database.locales_of(image.tenant_id, image.id))
