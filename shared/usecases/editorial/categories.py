"""Categories: the one place that keeps them a tree, of bounded depth and size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.domain.category import MAX_CATEGORIES, MAX_DEPTH, Category, Place
from shared.domain.errors import ConflictError, NotFoundError, UnfitBodyError
from shared.domain.image import Image, Tenant
from shared.usecases.editing.changing import by_uid, lock
from shared.usecases.idempotency.keys import note
from shared.usecases.idempotency.ports import Claim
from shared.usecases.ports import Database, Statements


@dataclass(frozen=True, slots=True)
class CategoryEdit:
    """New values of columns, and all names by locale; None leaves the names as they are."""

    columns: Mapping[str, Any]
    names: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Categories:
    """What editors ask of the tree."""

    database: Database

    async def page(
        self, tenant: Tenant, start: Place | None, limit: int, *, backwards: bool
    ) -> Sequence[Category]:
        """Return those after a place, or before it, the nearest first."""
        return await self.database.categories_page(tenant.id, start, limit, backwards=backwards)

    async def show(self, tenant: Tenant, category_id: UUID) -> Category:
        """Return one that is not deleted."""
        return await _living(self.database, tenant, category_id)

    async def create(self, tenant: Tenant, wanted: CategoryEdit, claim: Claim | None) -> Category:
        """Make a category, or return what an earlier try has made."""
        for made in claim.resources if claim is not None else ():
            return await self.show(tenant, UUID(made))
        category_id = uuid7()
        async with self.database.transaction() as statements:
            await statements.lock_categories(tenant.id)
            if await statements.count_categories(tenant.id) >= MAX_CATEGORIES:
                raise ConflictError(f"There are {MAX_CATEGORIES} categories, as many as may be.")
            await _check_parent(statements, tenant, wanted.columns.get("parent_id"), height=1)
            await statements.insert_category(tenant.id, category_id, wanted.columns)
            await _name(statements, tenant, category_id, wanted)
            await note(statements, claim, str(category_id))
        return await self.show(tenant, category_id)

    async def edit(self, tenant: Tenant, category_id: UUID, wanted: CategoryEdit) -> Category:
        """Change a category; with its `parent_id` all below it moves."""
        async with self.database.transaction() as statements:
            await statements.lock_categories(tenant.id)
            await _living(statements, tenant, category_id)
            parent_id = wanted.columns.get("parent_id")
            if parent_id is not None:
                height = await statements.category_height(tenant.id, category_id, None)
                await _check_parent(
                    statements, tenant, parent_id, height=height, child_id=category_id
                )
            await statements.update_category(tenant.id, category_id, wanted.columns)
            await _name(statements, tenant, category_id, wanted)
        return await self.show(tenant, category_id)

    async def delete(self, tenant: Tenant, category_id: UUID) -> Category:
        """Delete a category and all below it, softly; once more is the same."""
        async with self.database.transaction() as statements:
            await statements.lock_categories(tenant.id)
            category = await _existing(statements, tenant, category_id)
            if category.deleted_at is None:
                await statements.delete_category(tenant.id, category_id)
                category = await _existing(statements, tenant, category_id)
        return category

    async def restore(self, tenant: Tenant, category_id: UUID) -> Category:
        """Bring a category back, and what its deletion took along."""
        async with self.database.transaction() as statements:
            await statements.lock_categories(tenant.id)
            category = await _existing(statements, tenant, category_id)
            if category.deleted_at is not None:
                await _check_restorable(statements, tenant, category)
                await statements.restore_categories(tenant.id, category_id)
        return await self.show(tenant, category_id)

    async def assign(self, tenant: Tenant, category_id: UUID, uid: UUID) -> None:
        """File an image in a category, be that news or not; this is no change of the image."""
        async with self.database.transaction() as statements:
            image = await _lock_image(statements, tenant, uid)
            await _living(statements, tenant, category_id)
            await statements.assign_category(tenant.id, category_id, image.id)

    async def unassign(self, tenant: Tenant, category_id: UUID, uid: UUID) -> None:
        """Take an image out of a category, be it in there or not."""
        async with self.database.transaction() as statements:
            image = await _lock_image(statements, tenant, uid)
            await _living(statements, tenant, category_id)
            await statements.unassign_category(tenant.id, category_id, image.id)

    async def images(
        self, tenant: Tenant, category_id: UUID, after: int, limit: int
    ) -> Sequence[tuple[int, UUID]]:
        """Return number and uid of images in a category, in the order of their numbers."""
        await _living(self.database, tenant, category_id)
        return await self.database.images_of_category(tenant.id, category_id, after, limit)


async def _existing(statements: Statements, tenant: Tenant, category_id: UUID) -> Category:
    category = await statements.category_by_id(tenant.id, category_id, deleted=True)
    if category is None:
        raise NotFoundError(f"There is no category {category_id}.")
    return category


async def _living(statements: Statements, tenant: Tenant, category_id: UUID) -> Category:
    category = await statements.category_by_id(tenant.id, category_id)
    if category is None:
        raise NotFoundError(f"There is no category {category_id}; one that was deleted can return.")
    return category


async def _lock_image(statements: Statements, tenant: Tenant, uid: UUID) -> Image:
    image = await lock(statements, by_uid(tenant, uid))
    if image.deleted_at is not None:
        raise NotFoundError(f"The image {uid} was deleted; it can be restored.")
    return image


async def _check_parent(
    statements: Statements,
    tenant: Tenant,
    parent_id: UUID | None,
    *,
    height: int,
    child_id: UUID | None = None,
) -> None:
    """Refuse a parent that is not there, stands below the child, or stands too deep for it."""
    if parent_id is None:
        return
    ancestors = await statements.category_ancestors(tenant.id, parent_id)
    if not ancestors:
        raise UnfitBodyError({"parent_id": [f"There is no category {parent_id}."]})
    if child_id in ancestors:
        raise UnfitBodyError({"parent_id": ["A category cannot stand below itself."]})
    if len(ancestors) + height > MAX_DEPTH:
        raise UnfitBodyError({"parent_id": [f"The tree has at most {MAX_DEPTH} levels."]})


async def _check_restorable(statements: Statements, tenant: Tenant, category: Category) -> None:
    if category.deleted_with != category.id:
        raise ConflictError(
            f"This was deleted together with {category.deleted_with}: restore that category."
        )
    if category.parent_id is None:
        return
    ancestors = await statements.category_ancestors(tenant.id, category.parent_id)
    if not ancestors:
        raise ConflictError(f"Its parent {category.parent_id} is deleted: restore that first.")
    height = await statements.category_height(tenant.id, category.id, category.id)
    if len(ancestors) + height > MAX_DEPTH:
        raise ConflictError(f"Its parent has moved, and the tree has at most {MAX_DEPTH} levels.")


async def _name(
    statements: Statements, tenant: Tenant, category_id: UUID, wanted: CategoryEdit
) -> None:
    if wanted.names is not None:
        ids = [uuid7() for _ in wanted.names]
        await statements.put_category_names(tenant.id, category_id, wanted.names, ids)
