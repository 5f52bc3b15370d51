"""What fsck reads and what it says: rows of the database, keys of the bucket, findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from shared.domain.image import Tenant


class Kind(StrEnum):
    """What can be wrong."""

    MISSING = "missing_object"
    ORPHAN = "orphan"
    FOREIGN = "foreign_key"
    WRONG_SIZE = "wrong_size"
    WRONG_HASH = "wrong_hash"
    UNREADABLE = "unreadable_object"
    STUCK = "stuck_image"
    OVERDUE_DELETION = "overdue_deletion"
    EXPIRED_UPLOAD = "expired_upload"
    UNRECORDED = "unrecorded_key"
    COUNTER = "counter_off"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `subject` is a key or a reference, `repair` what was done."""

    kind: Kind
    tenant: str | None
    subject: str
    detail: str
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the bucket lists it."""

    key: str
    size_in_bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """A key that the bucket must hold, as the database has it."""

    tenant_id: int
    key: str
    image_id: int
    revision: int
    attempt: int
    role: str
    size_in_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class ImageState:
    """`overdue_s` is None where nobody has to act; `unrecorded` are keys shown without a row."""

    id: int
    reference: str
    status: str
    busy: bool
    overdue_s: float | None
    counter_behind: bool
    links_miscounted: bool
    unrecorded: Sequence[str]


@dataclass(frozen=True, slots=True)
class Overdue:
    """A deletion (`id` None) or an upload that the sweeper should have dealt with."""

    id: UUID | None
    key: str
    tries: int
    overdue_s: float


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How long the sweeper may be late, in seconds, and how often it may fail."""

    overdue_s: float
    tries: int


@dataclass(frozen=True, slots=True)
class UsageState:
    """A tenant's counters, and what they should be."""

    images: int
    deleted_images: int
    bytes: int
    true_images: int
    true_deleted_images: int
    true_bytes: int


class Inspection(Protocol):
    """The database in pages of bounded length, each beginning after a row of the one before."""

    async def tenants(self, name: str | None, after: str) -> list[Tenant]: ...
    async def objects(self, tenant_id: int, after: str) -> list[Recorded]: ...
    async def images(self, tenant_id: int, after: int) -> list[ImageState]: ...
    async def deletions(
        self, tenant_id: int, after: str, tolerance: Tolerance
    ) -> list[Overdue]: ...
    async def uploads(self, tenant_id: int, after: UUID, tolerance: Tolerance) -> list[Overdue]: ...
    async def usage(self, tenant_id: int) -> UsageState: ...
    async def mend_usage(self, tenant_id: int) -> None: ...
    async def mend_links(self, tenant_id: int, image_id: int) -> bool: ...
    async def is_recorded(self, tenant_id: int, key: str) -> bool: ...
    async def is_held(self, tenant_id: int, key: str) -> bool: ...
    async def delete_orphan(self, tenant_id: int, key: str) -> bool: ...
    async def estimate(self) -> int | None: ...
