"""What editing, links and revisions need of Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.domain.link import Link, LinkName


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision whose original is there.

    `created_on` and `file_type` are None where nobody noted them; `kept_until` is when a revision
    that was superseded goes.
    """

    revision: int
    created_on: datetime | None
    size_in_bytes: int
    sha256: bytes
    file_type: str | None
    key: str
    kept_until: datetime | None


class LinkStatements(Protocol):
    """Who uses an image. `num_links` moves with what it counts, in one transaction."""

    async def put_link(
        self, tenant_id: int, image_id: int, name: LinkName, url: str | None, label: str | None
    ) -> tuple[Link, bool]: ...
    async def delete_link(self, tenant_id: int, image_id: int, name: LinkName) -> bool: ...
    async def links_of(
        self, tenant_id: int, image_id: int, after: LinkName, limit: int
    ) -> Sequence[Link]: ...
    async def move_num_links(self, tenant_id: int, image_id: int, by: int) -> None: ...


class RevisionStatements(Protocol):
    """Which revisions of an image there are."""

    async def revisions_of(
        self, tenant_id: int, image_id: int, before: int, limit: int
    ) -> Sequence[Revision]: ...
