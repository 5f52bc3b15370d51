"""What `fsck --repair` may do: delete strays, tell what is lost, have thumbnails made anew."""

from dataclasses import dataclass

from shared.domain.image import THUMBNAIL_COLUMNS, Image
from shared.domain.status import Status, sources_of
from shared.usecases.editing.changing import REPROCESSING
from shared.usecases.editing.images_ports import Guard
from shared.usecases.ports import Database
from shared.usecases.processing.processing import MISSING_ORIGINAL
from shared.usecases.upkeep.inspection import Recorded

ORIGINAL = "original"


def is_newest_original(image: Image, row: Recorded) -> bool:
    """Whether these are the bytes that a reprocessing would read."""
    return row.role == ORIGINAL and row.revision == image.revision


def is_shown(image: Image, row: Recorded) -> bool:
    """Whether a URL of the image names the key."""
    thumbnails = (getattr(image, column) for column in THUMBNAIL_COLUMNS.values())
    return row.key in {image.original_key, *thumbnails}


@dataclass(frozen=True, slots=True)
class Repairer:
    """Each method says what it did, or None where it left things as they are."""

    database: Database

    async def missing(self, image: Image, row: Recorded) -> str | None:
        """Make the best of bytes that are gone; what was deleted softly is only reported."""
        if image.deleted_at is not None:
            return None
        if is_newest_original(image, row):
            return await self._give_up(image)
        if is_shown(image, row):
            can_be_made = row.role != ORIGINAL and row.revision == image.revision
            return await self._make_anew(image) if can_be_made else None
        await self.database.intend(row.tenant_id, [row.key], 0)
        return "superseded: its record goes with the next sweep"

    async def orphan(self, tenant_id: int, key: str) -> str | None:
        """Have a key deleted of which nobody knows."""
        scheduled = await self.database.inspection.delete_orphan(tenant_id, key)
        return "goes with the next sweep" if scheduled else None

    async def links(self, tenant_id: int, image_id: int) -> str | None:
        """Count an image's links anew."""
        is_there = await self.database.inspection.mend_links(tenant_id, image_id)
        return "counted anew" if is_there else None

    async def usage(self, tenant_id: int) -> str:
        """Count anew what a tenant uses."""
        await self.database.inspection.mend_usage(tenant_id)
        return "counted anew"

    async def _give_up(self, image: Image) -> str | None:
        """Move to Er, by way of Re as every resting image does; a busy one gets there itself."""
        async with self.database.transaction() as statements:
            begun = await statements.guarded_update(
                _guard(image, Status.REPROCESSING), REPROCESSING.columns, due_in_s=0
            )
            if begun is None:
                return None
            ended = await statements.guarded_update(
                _guard(begun, Status.FAILED), MISSING_ORIGINAL.changes()
            )
        return f"the image is Er, {MISSING_ORIGINAL.reason}" if ended else None

    async def _make_anew(self, image: Image) -> str | None:
        """Reprocess: the sweeper rings for it."""
        begun = await self.database.guarded_update(
            _guard(image, Status.REPROCESSING), REPROCESSING.columns, due_in_s=0
        )
        return "the image is being reprocessed" if begun else None


def _guard(image: Image, target: Status) -> Guard:
    return Guard(
        image.tenant_id,
        image.id,
        sources_of(target),
        revision=image.revision,
        attempt=image.attempt,
        row_version=image.row_version,
    )
