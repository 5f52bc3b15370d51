"""What presigned uploads need from outside: their rows, and requests signed for clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Stage(StrEnum):
    """Open until the client says that its bytes are there, arrived until they are copied."""

    OPEN = "open"
    ARRIVED = "arrived"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Announced:
    """An upload as it is recorded; `part_bytes` is the size of all its parts but the last."""

    id: UUID
    tenant_id: int
    image_id: int | None
    uid: UUID
    reference: str
    key: str
    size_in_bytes: int
    sha256: bytes | None
    part_bytes: int | None


@dataclass(frozen=True, slots=True)
class Incoming(Announced):
    """An upload as it stands; its bytes are at `arrived_key` once they have arrived."""

    stage: str
    multipart_id: str | None
    arrived_key: str | None
    expires_at: datetime
    is_expired: bool


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a client sends to S3 by itself: with these headers, and this many bytes."""

    method: str
    url: str
    size_in_bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of an upload as S3 has it."""

    number: int
    size_in_bytes: int
    etag: str


class IncomingStatements(Protocol):
    """Presigned uploads."""

    async def lock_incoming(self, tenant_id: int) -> None: ...
    async def open_incoming(self, tenant_id: int) -> tuple[int, float]: ...
    async def begin_incoming(
        self, upload: Announced, ttl_s: float, deadline_s: float
    ) -> datetime: ...
    async def attach_incoming(
        self, upload: Announced, image_id: int, multipart_id: str | None
    ) -> bool: ...
    async def expire_incoming(self, tenant_id: int, upload_id: UUID, due_in_s: float) -> None: ...
    async def newest_incoming(self, tenant_id: int, image_id: int) -> Incoming | None: ...
    async def accept_incoming(self, upload: Incoming, arrived_key: str) -> bool: ...
    async def conclude_incoming(
        self, tenant_id: int, image_id: int, linger_s: float
    ) -> str | None: ...
    async def note_arrival(self, tenant_id: int, image_id: int, revision: int) -> None: ...
    async def holds_arrival(self, tenant_id: int, image_id: int) -> bool: ...


class Presigner(Protocol):
    """Signs requests that clients send to S3 by themselves, at its public address."""

    async def sign_put(self, key: str, size_in_bytes: int, ttl_s: int) -> SignedRequest: ...
    async def sign_part(
        self, key: str, multipart_id: str, number: int, size_in_bytes: int, ttl_s: int
    ) -> SignedRequest: ...
