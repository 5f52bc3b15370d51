"""Categories: a tree in which editors file images, each node named in several languages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

MAX_DEPTH = 10
"""Levels of the tree, the roots' included."""

MAX_CATEGORIES = 10_000
"""Of one tenant, those included that were deleted and can still be restored."""

MAX_POSITION = 1_000_000


class Place(NamedTuple):
    """Where a category stands in the list: by position, then by id."""

    position: int
    id: UUID


@dataclass(frozen=True, slots=True)
class CategoryLocale:
    """What a category is called in one locale."""

    id: UUID
    locale: str
    name: str


@dataclass(frozen=True, slots=True)
class Category:
    """One node; `deleted_with` is the category whose deletion took it along, or itself."""

    id: UUID
    parent_id: UUID | None
    position: int
    svg_icon: str | None
    is_archived: bool
    created_on: datetime
    modified_on: datetime
    deleted_at: datetime | None
    deleted_with: UUID | None
    locales: tuple[CategoryLocale, ...] = field(default=())

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(self.position, self.id)
