"""Changing one image that is not being processed: find it, check it, update it under a guard."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from shared.domain.errors import ConflictError, NotFoundError
from shared.domain.image import Image, Tenant
from shared.domain.reference import Reference
from shared.domain.status import RESTING, Status, sources_of
from shared.usecases.editing.conditions import RETRY_AFTER_S, Precondition, check_resting, existing
from shared.usecases.editing.images_ports import Guard, ImageStatements

TRIES = 3
"""An image that changes between look and update is looked at again so many times in all."""

Find: TypeAlias = Callable[[ImageStatements], Awaitable[Image]]
"""How a caller names an image; raises NotFoundError."""


@dataclass(frozen=True, slots=True)
class Change:
    """New values of columns, and in which status an image takes them."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    statuses: frozenset[Status] = RESTING
    due_in_s: float | None = None
    delete: bool = False


DELETION = Change(delete=True)
REPROCESSING = Change(
    {
        "status": Status.REPROCESSING,
        "status_reason": None,
        "status_detail": None,
        "failures": 0,
        "retries": 0,
        "source_missed_on": None,
    },
    statuses=sources_of(Status.REPROCESSING),
    due_in_s=0,
)


def by_reference(tenant: Tenant, reference: Reference) -> Find:
    """Mean the image of that name that is not deleted."""

    async def find(statements: ImageStatements) -> Image:
        return existing(await statements.image_by_reference(tenant.id, reference), reference)

    return find


def by_uid(tenant: Tenant, uid: UUID) -> Find:
    """Mean the image of that uid, deleted or not."""

    async def find(statements: ImageStatements) -> Image:
        image = await statements.image_by_uid(tenant.id, uid)
        if image is None:
            raise NotFoundError(f"There is no image {uid}.")
        return image

    return find


async def change(
    statements: ImageStatements, find: Find, precondition: Precondition, wanted: Change
) -> Image:
    """Change an image if it is as the caller asks, or say why not.

    Deleting an image that is deleted already leaves it as it is.
    """
    for _ in range(TRIES):
        image = await find(statements)
        precondition.check(image)
        if wanted.delete and image.deleted_at is not None:
            return image
        check_resting(image)
        if image.status not in wanted.statuses:
            raise ConflictError(f"This cannot be done to an image in status {image.status}.")
        seen = image.row_version if precondition.names_versions else None
        guard = Guard(image.tenant_id, image.id, wanted.statuses, row_version=seen)
        changed = await statements.guarded_update(
            guard, wanted.columns, due_in_s=wanted.due_in_s, delete=wanted.delete
        )
        if changed is not None:
            return changed
    raise changed_again()


async def lock(statements: ImageStatements, find: Find) -> Image:
    """Return an image as it is until this transaction ends; raises NotFoundError."""
    for _ in range(TRIES):
        seen = await find(statements)
        image = await statements.lock_image(seen.tenant_id, seen.id)
        if image is not None and _is_called_as(image, seen):
            return image
    raise changed_again()


def _is_called_as(image: Image, seen: Image) -> bool:
    return (image.reference, image.deleted_at) == (seen.reference, seen.deleted_at)


def changed_again() -> ConflictError:
    """Return the error for an image that others changed at each try."""
    return ConflictError(
        "The image changed again and again meanwhile; try again.", retry_after_s=RETRY_AFTER_S
    )
