"""What images need of Postgres: rows that change under a guard."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from shared.domain.gravity import CENTER
from shared.domain.image import (
    Image,
    Kind,
)
from shared.domain.job import Job
from shared.domain.status import Status
from shared.usecases.objects_ports import Original, Upload


@dataclass(frozen=True, slots=True)
class Guard:
    """Which image an update means, and what must still hold for it; None means any."""

    tenant_id: int
    image_id: int
    statuses: Collection[Status]
    revision: int | None = None
    attempt: int | None = None
    row_version: int | None = None
    only_due: bool = False


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Images in Up or Re: how many (counted to 10,000), the oldest's age, how many lack S3."""

    depth: int
    age_s: float
    waiting_for_storage: int


class ImageStatements(Protocol):
    """Images; every statement names its tenant, but for those of the sweeper and metrics."""

    async def image_by_reference(self, tenant_id: int, reference: str) -> Image | None: ...
    async def image_by_uid(self, tenant_id: int, uid: UUID) -> Image | None: ...
    async def image_by_sha256(self, tenant_id: int, sha256: bytes) -> Image | None: ...
    async def image_by_id(self, tenant_id: int, image_id: int) -> Image | None: ...
    async def lock_image(self, tenant_id: int, image_id: int) -> Image | None: ...
    async def insert_image(
        self,
        upload: Upload,
        tags: Sequence[str],
        original: Original,
        kind: Kind = Kind.PICTURE,
        gravity: str = CENTER,
    ) -> Image | None: ...
    async def insert_void_image(
        self, tenant_id: int, uid: UUID, reference: str, tags: Sequence[str]
    ) -> Image | None: ...
    async def insert_sourced_image(
        self, tenant_id: int, uid: UUID, reference: str, tags: Sequence[str], url: str
    ) -> Image | None: ...
    async def next_revision(self, tenant_id: int, image_id: int) -> int | None: ...
    async def guarded_update(
        self,
        guard: Guard,
        changes: Mapping[str, Any],
        *,
        due_in_s: float | None = None,
        touch: bool = True,
        delete: bool = False,
    ) -> Image | None: ...
    async def extend_lease(self, job: Job, lease_s: float) -> bool: ...
    async def restore_image(self, tenant_id: int, image_id: int) -> Image | None: ...
    async def forget_images(self, retention_days: int, limit: int) -> int: ...
    async def purge_image(self, tenant_id: int, image_id: int) -> bool: ...
    async def due_images(self, limit: int, overdue_s: float) -> list[tuple[Job, bool]]: ...
    async def queue_depth(self) -> QueueDepth: ...
