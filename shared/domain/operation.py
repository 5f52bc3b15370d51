"""Operations: one change to many images, which a filter named when the operation was accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class OperationKind(StrEnum):
    """What is done to each image; the last two take back what the two before them did."""

    REPROCESS = "reprocess"
    TAG = "tag"
    DELETE = "delete"
    UNTAG = "untag"
    RESTORE = "restore"


UNDO = {OperationKind.TAG: OperationKind.UNTAG, OperationKind.DELETE: OperationKind.RESTORE}


class OperationState(StrEnum):
    """How far an operation is; where every image was met, it is done, even if some failed."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for; an undo has the tags of the operation that it takes back."""

    kind: OperationKind
    filter: str | None = None
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()
    undo_of: UUID | None = None

    @property
    def has_tags(self) -> bool:
        """Whether it is about tags."""
        return self.kind in {OperationKind.TAG, OperationKind.UNTAG}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that was accepted, and how far it is; `failed` counts what was skipped too."""

    tenant_id: int
    id: UUID
    order: Order
    state: OperationState
    total: int
    done: int
    failed: int
    created_on: datetime
    finished_on: datetime | None
    undone_by: UUID | None


@dataclass(frozen=True, slots=True)
class Item:
    """One image of an operation that is to be changed, as it was at the acceptance.

    Of an undo, `row_version` is the version that was left, and `tags_before` the tags before it.
    """

    image_id: int
    revision: int
    tries: int
    row_version: int | None = None
    tags_before: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Working:
    """One image that is being reprocessed for an operation."""

    tenant_id: int
    operation_id: UUID
    image_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an image: without a `reason` all went well.

    `row_version` is the version that the operation left, None where it changed nothing.
    """

    reason: str | None = None
    detail: str | None = None
    reference: str | None = None
    row_version: int | None = None
    tags_before: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class FailedItem:
    """An image with which an operation did not succeed; no reference if it was purged."""

    reference: str | None
    reason: str
    detail: str
