"""What reference records need of Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.domain.link import LinkName
from shared.domain.record import ReferenceRecord


class RecordStatements(Protocol):
    """What other systems call images and categories."""

    async def insert_image_record(
        self, tenant_id: int, name: LinkName, image_id: int, expires_at: datetime | None
    ) -> bool: ...
    async def insert_category_record(
        self, tenant_id: int, name: LinkName, category_id: UUID, expires_at: datetime | None
    ) -> bool: ...
    async def records_by_name(
        self, tenant_id: int, names: Sequence[LinkName], *, expired: bool = False
    ) -> Sequence[ReferenceRecord]: ...
    async def delete_record(
        self, tenant_id: int, record: ReferenceRecord, *, expired: bool
    ) -> bool: ...
    async def expired_records(self, limit: int) -> Sequence[tuple[int, ReferenceRecord]]: ...
