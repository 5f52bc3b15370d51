"""What bytes need of Postgres: keys of the bucket, those that go, and uploads on their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes on their way: recorded before the first one, consumed by the commit."""

    id: UUID
    tenant_id: int
    image_id: int | None
    uid: UUID
    reference: str
    revision: int
    base_revision: int | None
    key: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A key in the bucket; attempt 0 for originals.

    `role` is `original`, `TH`, `THM`, `THP` or `THS`.
    """

    key: str
    revision: int
    attempt: int
    role: str
    size_in_bytes: int
    sha256: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """Where a revision's bytes are, and what they are."""

    key: str
    size_in_bytes: int
    sha256: bytes


SLOWEST_BYTES_PER_S = 256 * 1024
"""A storage that gives less than this counts as away."""


def transfer_s(size_in_bytes: int) -> float:
    """Return how long the storage may take for so many bytes."""
    return size_in_bytes / SLOWEST_BYTES_PER_S


@dataclass(frozen=True, slots=True)
class ServedObject:
    """What the CDN says of a key; `content_type` None means: not yet known to be a picture.

    One that `is_private` is shown at a signed address only.
    """

    tenant_id: int
    image_id: int
    reference: str
    role: str
    size_in_bytes: int
    sha256: bytes
    content_type: str | None
    deleted: bool
    is_private: bool


@dataclass(frozen=True, slots=True)
class ExpiredUpload:
    """An upload that nobody will finish."""

    tenant_id: int
    id: UUID
    key: str
    multipart_id: str | None


class ObjectStatements(Protocol):
    """Keys of the bucket, and those that have to go."""

    async def insert_object(self, tenant_id: int, image_id: int, item: StoredObject) -> None: ...
    async def original_of(
        self, tenant_id: int, image_id: int, revision: int
    ) -> Original | None: ...
    async def duplicates_of(
        self, tenant_id: int, image_id: int, revision: int, limit: int
    ) -> list[str]: ...
    async def served_object(self, tenant_name: str, key: str) -> ServedObject | None: ...
    async def describe_original(
        self, tenant_id: int, image_id: int, revision: int, file_type: str, content_type: str
    ) -> None: ...
    async def supersede(self, tenant_id: int, image_id: int, retention_days: int) -> None: ...
    async def schedule_purge(self, tenant_id: int, image_id: int) -> None: ...
    async def intend(self, tenant_id: int, keys: Sequence[str], due_in_s: float) -> None: ...
    async def keep(self, tenant_id: int, keys: Sequence[str]) -> bool: ...
    async def claim_deletions(self, limit: int) -> list[tuple[int, str]]: ...
    async def finish_deletion(self, tenant_id: int, key: str) -> None: ...


class UploadStatements(Protocol):
    """Uploads in flight."""

    async def begin_upload(self, upload: Upload, deadline_s: float) -> None: ...
    async def note_multipart(self, upload: Upload, multipart_id: str) -> bool: ...
    async def consume_upload(self, upload: Upload) -> bool: ...
    async def claim_expired_uploads(self, limit: int) -> list[ExpiredUpload]: ...
    async def forget_upload(self, tenant_id: int, upload_id: UUID) -> None: ...
    async def expire_upload(self, tenant_id: int, upload_id: UUID, due_in_s: float) -> None: ...
