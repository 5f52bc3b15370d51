"""Bytes become a revision: what the transaction that commits them does to the rows."""

from collections.abc import Sequence

from shared.domain.errors import ConflictError
from shared.domain.image import Image
from shared.domain.status import Status, sources_of
from shared.usecases.editing.conditions import RETRY_AFTER_S, Precondition
from shared.usecases.editing.images_ports import Guard
from shared.usecases.objects_ports import Original, StoredObject, Upload
from shared.usecases.ports import Statements


async def create_image(
    statements: Statements,
    upload: Upload,
    original: Original,
    tags: Sequence[str],
    precondition: Precondition,
) -> Image:
    """Make the image that an upload of new bytes was for, or raise ConflictError."""
    image = await statements.insert_image(upload, tags, original)
    if image is None:
        precondition.check(await statements.image_by_reference(upload.tenant_id, upload.reference))
        raise ConflictError(
            "Another upload created this reference while yours was under way; "
            "send it again to replace that one.",
            field="reference",
            retry_after_s=RETRY_AFTER_S,
        )
    await insert_original(statements, image, upload, original)
    return image


async def replace_original(
    statements: Statements, image: Image, upload: Upload, original: Original
) -> Image:
    """Make the bytes an image's newest revision, in Up, or raise ConflictError."""
    changes: dict[str, object] = {
        "status": Status.UPDATING,
        "status_reason": None,
        "status_detail": None,
        "revision": upload.revision,
        "attempt": 0,
        "failures": 0,
        "retries": 0,
        "fetched_from": None,  # it is not where these bytes are from
        "source_missed_on": None,
    }
    if image.served_revision is None:
        shown = {"original_key": upload.key, "size_in_bytes": original.size_in_bytes}
        changes |= shown | {"sha256": original.sha256, "md5": None, "file_type": None}
    guard = Guard(
        image.tenant_id,
        image.id,
        sources_of(Status.UPDATING),
        revision=upload.base_revision,
        row_version=image.row_version,
    )
    replaced = await statements.guarded_update(guard, changes, due_in_s=0)
    if replaced is None:
        raise ConflictError(
            "Another upload replaced this image while yours was under way; "
            "fetch it, and send yours again if it should stand.",
            retry_after_s=RETRY_AFTER_S,
        )
    await insert_original(statements, replaced, upload, original)
    return replaced


async def insert_original(
    statements: Statements, image: Image, upload: Upload, original: Original
) -> None:
    """Record that the bucket holds a revision's bytes."""
    item = StoredObject(
        upload.key, upload.revision, 0, "original", original.size_in_bytes, original.sha256
    )
    await statements.insert_object(image.tenant_id, image.id, item)


def check_name(image: Image, upload: Upload) -> None:
    """Refuse bytes for a name that meanwhile is free, or another image's."""
    if image.reference != upload.reference:
        raise ConflictError(
            f"The image was renamed to {image.reference!r} while its new bytes arrived; "
            "send them again, to the name that they are for.",
            field="reference",
        )


async def has_same_bytes(statements: Statements, image: Image, original: Original) -> bool:
    """Whether an image that is Ok has these bytes already."""
    if image.status is not Status.READY:
        return False
    newest = await statements.original_of(image.tenant_id, image.id, image.revision)
    return newest is not None and newest.sha256 == original.sha256
