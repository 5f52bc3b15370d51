"""Editing what people say about an image; its bytes and their keys stay where they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import InvalidInputError
from shared.domain.image import MAX_TAGS, Image, Tenant
from shared.domain.job import Job
from shared.domain.reference import Reference
from shared.domain.status import Status
from shared.usecases.editing.changing import REPROCESSING, by_reference, changed_again, lock
from shared.usecases.editing.conditions import ANY, Precondition, check_resting
from shared.usecases.editing.images_ports import Guard
from shared.usecases.ports import Bell, Database
from shared.usecases.ringing import ring_or_leave


@dataclass(frozen=True, slots=True)
class Edit:
    """New values of columns; of the tags that then are, some are taken away and some added."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()

    def changes(self, image: Image) -> dict[str, Any]:
        """Return what it changes of this image: nothing where all is as asked."""
        wanted = {"tags": image.tags, **self.columns}
        kept = (tag for tag in wanted["tags"] if tag not in self.remove_tags)
        wanted["tags"] = tuple(dict.fromkeys([*kept, *self.add_tags]))
        if len(wanted["tags"]) > MAX_TAGS:
            raise InvalidInputError(f"An image has at most {MAX_TAGS} tags.", field="tags")
        return {name: value for name, value in wanted.items() if value != getattr(image, name)}


@dataclass(frozen=True, slots=True)
class Editor:
    """Changes what people said."""

    database: Database
    bell: Bell

    async def edit(
        self, tenant: Tenant, reference: Reference, edit: Edit, precondition: Precondition = ANY
    ) -> Image:
        """Change an image, or leave it untouched where all is as asked.

        Where the picture is to be cropped at another place, a worker does that: it is in Re then.
        """
        async with self.database.transaction() as statements:
            image = await lock(statements, by_reference(tenant, reference))
            precondition.check(image)
            check_resting(image)
            changes = edit.changes(image)
            if not changes:
                return image
            due_in_s = None
            if "gravity" in changes and _is_cropped(image):
                changes |= REPROCESSING.columns
                due_in_s = REPROCESSING.due_in_s
            guard = Guard(tenant.id, image.id, {image.status}, row_version=image.row_version)
            changed = await statements.guarded_update(guard, changes, due_in_s=due_in_s)
            if changed is None:
                raise changed_again()
        if changed.status is Status.REPROCESSING:
            job = Job(tenant.id, changed.id, changed.revision, changed.attempt)
            await ring_or_leave(self.bell, job)
        return changed


def _is_cropped(image: Image) -> bool:
    """Whether it has a square: pictures that came as binaries have one too."""
    return image.status is Status.READY and image.thumbnail_key is not None
