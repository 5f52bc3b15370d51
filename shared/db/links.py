"""Statements on who uses an image."""

import asyncpg

from shared.db.executor import Executor
from shared.domain.link import Link, LinkName


class LinkTable(Executor):
    """See `LinkStatements`."""

    async def put_link(
        self, tenant_id: int, image_id: int, name: LinkName, url: str | None, label: str | None
    ) -> tuple[Link, bool]:
        (row,) = await self.rows(
            "put_link", tenant_id, image_id, name.provider, name.id, url, label
        )
        return _link(row), row["is_new"]

    async def delete_link(self, tenant_id: int, image_id: int, name: LinkName) -> bool:
        args = (tenant_id, image_id, name.provider, name.id)
        return await self.row("delete_link", *args) is not None

    async def links_of(
        self, tenant_id: int, image_id: int, after: LinkName, limit: int
    ) -> list[Link]:
        args = (tenant_id, image_id, after.provider, after.id, limit)
        return [_link(row) for row in await self.rows("links_of", *args)]

    async def move_num_links(self, tenant_id: int, image_id: int, by: int) -> None:
        await self.rows("move_num_links", tenant_id, image_id, by)


def _link(row: asyncpg.Record) -> Link:
    name = LinkName(row["provider"], row["id"])
    return Link(name, row["url"], row["label"], row["created_on"])
