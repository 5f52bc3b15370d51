"""What each kind of operation does to one image, guarded as its single call is.

Each runs in a transaction that holds the image, and raises a DomainError to leave it as it is.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from shared.domain.image import Image
from shared.domain.operation import Item, Operation, OperationKind, Order, Outcome
from shared.usecases.bulk.outcomes import SkippedError, check_present, check_same_bytes, purged
from shared.usecases.editing.changing import DELETION, Find, change, changed_again, lock
from shared.usecases.editing.conditions import ANY, check_resting
from shared.usecases.editing.editing import Edit
from shared.usecases.editing.images_ports import Guard, ImageStatements
from shared.usecases.ports import Statements

Action: TypeAlias = Callable[[Statements, Operation, Item], Awaitable[Outcome]]


def by_id(tenant_id: int, image_id: int) -> Find:
    """Mean the very image that was there at the acceptance, whatever it is called now."""

    async def find(statements: ImageStatements) -> Image:
        image = await statements.image_by_id(tenant_id, image_id)
        if image is None:
            raise purged()
        return image

    return find


async def tag(statements: Statements, operation: Operation, item: Item) -> Outcome:
    """Add tags and take some away; remember what there was."""
    image = await _present(statements, operation, item)
    edit = Edit({}, operation.order.add_tags, operation.order.remove_tags)
    return await _edit(statements, image, edit.changes(image))


async def untag(statements: Statements, operation: Operation, item: Item) -> Outcome:
    """Take back the tags that were added to this very image, and add those taken from it."""
    image = await _present(statements, operation, item)
    return await _edit(statements, image, _untagged(operation.order, item, image).changes(image))


async def delete(statements: Statements, operation: Operation, item: Item) -> Outcome:
    """Delete softly; what was replaced since was not what the caller saw."""
    image = await _present(statements, operation, item)
    check_same_bytes(image, item.revision)
    deleted = await change(statements, by_id(operation.tenant_id, item.image_id), ANY, DELETION)
    return Outcome(reference=image.reference, row_version=deleted.row_version)


async def restore(statements: Statements, operation: Operation, item: Item) -> Outcome:
    """Bring back what the operation deleted, and nobody has deleted anew."""
    image = await lock(statements, by_id(operation.tenant_id, item.image_id))
    if image.deleted_at is None:
        return Outcome(reference=image.reference)
    if image.row_version != item.row_version:
        raise SkippedError("deleted", "The image was restored and deleted again meanwhile.")
    restored = await statements.restore_image(image.tenant_id, image.id)
    if restored is None:
        raise changed_again()
    return Outcome(reference=image.reference, row_version=restored.row_version)


ACTIONS: Mapping[OperationKind, Action] = {
    OperationKind.TAG: tag,
    OperationKind.UNTAG: untag,
    OperationKind.DELETE: delete,
    OperationKind.RESTORE: restore,
}


async def _present(statements: Statements, operation: Operation, item: Item) -> Image:
    """Return the image, held until the transaction ends, if it is there and at rest."""
    image = await lock(statements, by_id(operation.tenant_id, item.image_id))
    check_present(image)
    check_resting(image)
    return image


async def _edit(statements: Statements, image: Image, changes: Mapping[str, Any]) -> Outcome:
    if not changes:
        return Outcome(reference=image.reference)
    guard = Guard(image.tenant_id, image.id, {image.status}, row_version=image.row_version)
    changed = await statements.guarded_update(guard, changes)
    if changed is None:
        raise changed_again()
    return Outcome(None, None, image.reference, changed.row_version, image.tags)


def _untagged(order: Order, item: Item, image: Image) -> Edit:
    """Return what brings an image's tags back: all as they were, or what others left of it."""
    added = [name for name in order.add_tags if name not in item.tags_before]
    removed = [name for name in item.tags_before if name in order.remove_tags]
    kept = [name for name in item.tags_before if name not in removed]
    if image.tags == (*kept, *added):
        return Edit({"tags": tuple(item.tags_before)})
    return Edit({}, removed, added)
