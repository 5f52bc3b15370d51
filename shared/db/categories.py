"""Statements on categories."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.db.executor import Executor
from shared.domain.category import MAX_POSITION, Category, CategoryLocale, Place

COLUMNS = (
    "id",
    "parent_id",
    "position",
    "svg_icon",
    "is_archived",
    "created_on",
    "modified_on",
    "deleted_at",
    "deleted_with",
)
BEGINNING = Place(-1, UUID(int=0))


class CategoryTable(Executor):
    """See `CategoryStatements`."""

    async def lock_categories(self, tenant_id: int) -> None:
        await self.rows("lock_categories", tenant_id)

    async def count_categories(self, tenant_id: int) -> int:
        (row,) = await self.rows("count_categories", tenant_id)
        return int(row["categories"])

    async def category_by_id(
        self, tenant_id: int, category_id: UUID, *, deleted: bool = False
    ) -> Category | None:
        rows = await self.rows("category_by_id", tenant_id, category_id, deleted)
        return next(iter(await self._named(tenant_id, rows)), None)

    async def categories_page(
        self, tenant_id: int, start: Place | None, limit: int, *, backwards: bool
    ) -> list[Category]:
        name = "categories_before" if backwards else "categories_after"
        rows = await self.rows(name, tenant_id, *(start or BEGINNING), limit)
        return await self._named(tenant_id, rows)

    async def _named(self, tenant_id: int, rows: Sequence[asyncpg.Record]) -> list[Category]:
        named: defaultdict[UUID, list[CategoryLocale]] = defaultdict(list)
        ids = [row["id"] for row in rows]
        for row in await self.rows("category_names", tenant_id, ids):
            named[row["category_id"]].append(CategoryLocale(row["id"], row["locale"], row["name"]))
        return [
            Category(**{name: row[name] for name in COLUMNS}, locales=tuple(named[row["id"]]))
            for row in rows
        ]

    async def category_ancestors(self, tenant_id: int, category_id: UUID) -> list[UUID]:
        return [row["id"] for row in await self.rows("category_ancestors", tenant_id, category_id)]

    async def category_height(
        self, tenant_id: int, category_id: UUID, deleted_with: UUID | None
    ) -> int:
        (row,) = await self.rows("category_height", tenant_id, category_id, deleted_with)
        return int(row["height"])

    async def insert_category(
        self, tenant_id: int, category_id: UUID, columns: Mapping[str, Any]
    ) -> None:
        await self.rows(
            "insert_category",
            tenant_id,
            category_id,
            columns.get("parent_id"),
            columns.get("position"),
            columns.get("svg_icon"),
            columns.get("is_archived", False),
            MAX_POSITION,
        )

    async def update_category(
        self, tenant_id: int, category_id: UUID, columns: Mapping[str, Any]
    ) -> None:
        changed = orjson.dumps(dict(columns)).decode()
        await self.rows("update_category", tenant_id, category_id, changed)

    async def put_category_names(
        self, tenant_id: int, category_id: UUID, names: Mapping[str, str], ids: Sequence[UUID]
    ) -> None:
        owner = (tenant_id, category_id)
        await self.rows("keep_category_names", *owner, list(names))
        named = (list(ids), list(names), list(names.values()))
        await self.rows("put_category_names", *owner, *named)

    async def delete_category(self, tenant_id: int, category_id: UUID) -> None:
        await self.rows("delete_category", tenant_id, category_id)

    async def restore_categories(self, tenant_id: int, category_id: UUID) -> None:
        await self.rows("restore_categories", tenant_id, category_id)

    async def assign_category(self, tenant_id: int, category_id: UUID, image_id: int) -> None:
        await self.rows("assign_category", tenant_id, category_id, image_id)

    async def unassign_category(self, tenant_id: int, category_id: UUID, image_id: int) -> None:
        await self.rows("unassign_category", tenant_id, category_id, image_id)

    async def images_of_category(
        self, tenant_id: int, category_id: UUID, after: int, limit: int
    ) -> list[tuple[int, UUID]]:
        rows = await self.rows("images_of_category", tenant_id, category_id, after, limit)
        return [(row["id"], row["uid"]) for row in rows]

    async def forget_categories(self, retention_days: int, limit: int) -> int:
        return len(await self.rows("forget_categories", retention_days, limit))
