"""Statements on products and their images."""

from uuid import UUID

from shared.db.executor import Executor
from shared.usecases.products.ports import Product, ProductImage


class ProductTable(Executor):
    """See `ProductStatements`."""

    async def insert_product(self, tenant_id: int, product_id: UUID, name: str) -> Product:
        (row,) = await self.rows("insert_product", tenant_id, product_id, name)
        return Product(**dict(row))

    async def product_by_id(self, tenant_id: int, product_id: UUID) -> Product | None:
        row = await self.row("product_by_id", tenant_id, product_id)
        return Product(**dict(row)) if row else None

    async def list_products(self, tenant_id: int, skip: int, limit: int) -> list[Product]:
        rows = await self.rows("list_products", tenant_id, skip, limit)
        return [Product(**dict(row)) for row in rows]

    async def insert_product_image(
        self,
        tenant_id: int,
        product_id: UUID,
        image_id: int,
        name: str,
        version: str,
        author: str,
    ) -> None:
        args = (tenant_id, product_id, image_id, name, version, author)
        await self.rows("insert_product_image", *args)

    async def product_image(
        self, tenant_id: int, product_id: UUID, uid: UUID
    ) -> ProductImage | None:
        row = await self.row("product_image", tenant_id, product_id, uid)
        return ProductImage(**dict(row)) if row else None

    async def list_product_images(
        self, tenant_id: int, product_id: UUID, skip: int, limit: int
    ) -> list[ProductImage]:
        rows = await self.rows("list_product_images", tenant_id, product_id, skip, limit)
        return [ProductImage(**dict(row)) for row in rows]

    async def update_product_image(
        self, tenant_id: int, product_id: UUID, uid: UUID, name: str | None, version: str | None
    ) -> bool:
        args = (tenant_id, product_id, uid, name, version)
        return await self.row("update_product_image", *args) is not None
