"""What products need from Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Product:
    """Something that images are versions of."""

    id: UUID
    name: str
    created_on: datetime


@dataclass(frozen=True, slots=True)
class ProductImage:
    """An image as its product shows it; `id` is its uid, `md5` None until a worker has read it."""

    id: UUID
    product_id: UUID
    name: str
    version: str
    author: str
    created_on: datetime
    status: str
    revision: int
    size_in_bytes: int
    sha256: bytes | None
    md5: bytes | None


class ProductStatements(Protocol):
    """Products and what they say of their images."""

    async def insert_product(self, tenant_id: int, product_id: UUID, name: str) -> Product: ...
    async def product_by_id(self, tenant_id: int, product_id: UUID) -> Product | None: ...
    async def list_products(self, tenant_id: int, skip: int, limit: int) -> Sequence[Product]: ...
    async def insert_product_image(
        self,
        tenant_id: int,
        product_id: UUID,
        image_id: int,
        name: str,
        version: str,
        author: str,
    ) -> None: ...
    async def product_image(
        self, tenant_id: int, product_id: UUID, uid: UUID
    ) -> ProductImage | None: ...
    async def list_product_images(
        self, tenant_id: int, product_id: UUID, skip: int, limit: int
    ) -> Sequence[ProductImage]: ...
    async def update_product_image(
        self, tenant_id: int, product_id: UUID, uid: UUID, name: str | None, version: str | None
    ) -> bool: ...
