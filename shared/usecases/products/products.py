"""Products, and the images that are versions of them: any binary, with its hashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.domain.errors import BusyError, ConflictError, NotFoundError
from shared.domain.image import Image, Kind, Principal, Tenant
from shared.domain.reference import Reference
from shared.domain.status import BUSY
from shared.domain.ulid import ulid_of
from shared.usecases.editing.conditions import RETRY_AFTER_S
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.ports import Database, Statements
from shared.usecases.products.ports import Product, ProductImage
from shared.usecases.uploads.staging import Creation, Staging, Ticket


@dataclass(frozen=True, slots=True)
class NewImage:
    """What becomes an image of a product: an uploaded file, and how the product calls it."""

    file_id: UUID
    reference: Reference
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Hashes:
    """Of an image's bytes, as they are stored."""

    sha256: bytes
    md5: bytes


@dataclass(frozen=True, slots=True)
class Products:
    """What the products contract does."""

    database: Database
    staging: Staging

    async def create(self, tenant: Tenant, name: str, claim: Claim | None) -> Product:
        """Create a product, or return what an earlier try has made; names need not be unique."""
        for made in claim.resources if claim is not None else ():
            return await self.product(tenant, UUID(made))
        async with self.database.transaction() as statements:
            product = await statements.insert_product(tenant.id, uuid7(), name)
            await note(statements, claim, str(product.id))
        return product

    async def product(self, tenant: Tenant, product_id: UUID) -> Product:
        """Return a product."""
        product = await self.database.product_by_id(tenant.id, product_id)
        if product is None:
            raise NotFoundError(f"There is no product {ulid_of(product_id)}.", field="productId")
        return product

    async def page(self, tenant: Tenant, skip: int, size: int) -> Sequence[Product]:
        """Return products, oldest first."""
        return await self.database.list_products(tenant.id, skip, size)

    async def open(self, tenant: Tenant, product_id: UUID) -> Ticket:
        """Announce a file for a product; its name comes with the image."""
        await self.product(tenant, product_id)
        return await self.staging.open(tenant, "image.bin")

    async def add(
        self, principal: Principal, product_id: UUID, new: NewImage, claim: Claim | None
    ) -> ProductImage:
        """Make an uploaded file an image of a product, or return what an earlier try has made.

        Its author is whose credential it was.
        """
        tenant = principal.tenant
        await self.product(tenant, product_id)

        async def belong(statements: Statements, image: Image) -> None:
            await statements.insert_product_image(
                tenant.id, product_id, image.id, new.name, new.version, principal.label
            )
            await note(statements, claim, str(image.uid))

        if claim is None or str(new.file_id) not in claim.resources:
            wanted = Creation(new.reference, Kind.BINARY)
            await self.staging.create(tenant, new.file_id, wanted, belong)
        return await self.image(tenant, product_id, new.file_id)

    async def image(self, tenant: Tenant, product_id: UUID, uid: UUID) -> ProductImage:
        """Return an image of a product."""
        image = await self.database.product_image(tenant.id, product_id, uid)
        if image is None:
            raise _no_image(product_id, uid)
        return image

    async def images(
        self, tenant: Tenant, product_id: UUID, skip: int, size: int
    ) -> Sequence[ProductImage]:
        """Return a product's images, oldest first."""
        await self.product(tenant, product_id)
        return await self.database.list_product_images(tenant.id, product_id, skip, size)

    async def edit(
        self, tenant: Tenant, product_id: UUID, uid: UUID, name: str | None, version: str | None
    ) -> ProductImage:
        """Give an image another name or version; None leaves it."""
        if not await self.database.update_product_image(tenant.id, product_id, uid, name, version):
            raise _no_image(product_id, uid)
        return await self.image(tenant, product_id, uid)


def hashes_of(image: ProductImage) -> Hashes:
    """Return the hashes, which are both known once a worker has read the bytes."""
    if image.sha256 is not None and image.md5 is not None:
        return Hashes(image.sha256, image.md5)
    if image.status in BUSY:
        raise BusyError(
            "The image is being processed; its hashes come with that.", retry_after_s=RETRY_AFTER_S
        )
    raise ConflictError("The storage has lost the image's bytes: upload them again.")


def _no_image(product_id: UUID, uid: UUID) -> NotFoundError:
    return NotFoundError(
        f"There is no image {ulid_of(uid)} of the product {ulid_of(product_id)}.", field="imageId"
    )
