"""What files that come before their image need from Postgres."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from shared.usecases.objects_ports import Original, Upload


@dataclass(frozen=True, slots=True)
class Announcement:
    """A file whose bytes are about to come; `id` will be the image's uid."""

    id: UUID
    name: str
    revision_counter: int
    tenant: str
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that becomes an image; all but id and name are None or 0 where no bytes have come."""

    id: UUID
    name: str
    revision: int
    upload_id: UUID | None
    key: str | None
    size_in_bytes: int | None
    sha256: bytes | None


class StagingStatements(Protocol):
    """Files that come before their image."""

    async def count_staged(self, tenant_id: int) -> tuple[int, float]: ...
    async def insert_staged(
        self, tenant_id: int, file_id: UUID, token_sha256: bytes, name: str, ttl_s: float
    ) -> datetime: ...
    async def begin_staged(self, tenant_id: int, token_sha256: bytes) -> Announcement | None: ...
    async def fill_staged(
        self, upload: "Upload", original: "Original", ttl_s: float
    ) -> tuple[UUID | None] | None: ...
    async def hold_upload(self, upload: "Upload", hold_s: float) -> bool: ...
    async def take_staged(self, tenant_id: int, file_id: UUID) -> Staged | None: ...
