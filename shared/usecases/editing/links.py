"""Who uses an image: links said, taken back and listed. numLinks counts them and `records`.

A link is not a change of the image: it is made while a worker is busy with it too, and leaves
`modifiedOn` as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.image import Tenant
from shared.domain.link import Link, LinkName
from shared.domain.reference import Reference
from shared.usecases.editing.changing import by_reference, lock
from shared.usecases.editing.conditions import ANY, Precondition
from shared.usecases.ports import Database


@dataclass(frozen=True, slots=True)
class Links:
    """What callers ask of the links of an image that is not deleted."""

    database: Database

    async def page(
        self, tenant: Tenant, reference: Reference, after: LinkName, limit: int
    ) -> Sequence[Link]:
        """Return links by name, after one."""
        image = await by_reference(tenant, reference)(self.database)
        return await self.database.links_of(tenant.id, image.id, after, limit)

    async def put(
        self,
        tenant: Tenant,
        reference: Reference,
        name: LinkName,
        url: str | None,
        label: str | None,
        precondition: Precondition = ANY,
    ) -> tuple[Link, bool]:
        """Say that something uses the image; whether that is news."""
        async with self.database.transaction() as statements:
            image = await lock(statements, by_reference(tenant, reference))
            precondition.check(image)
            link, is_new = await statements.put_link(tenant.id, image.id, name, url, label)
            if is_new:
                await statements.move_num_links(tenant.id, image.id, 1)
        return link, is_new

    async def delete(
        self,
        tenant: Tenant,
        reference: Reference,
        name: LinkName,
        precondition: Precondition = ANY,
    ) -> None:
        """Say that something does not use the image, be that news or not."""
        async with self.database.transaction() as statements:
            image = await lock(statements, by_reference(tenant, reference))
            precondition.check(image)
            if await statements.delete_link(tenant.id, image.id, name):
                await statements.move_num_links(tenant.id, image.id, -1)
