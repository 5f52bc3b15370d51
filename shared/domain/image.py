"""The nouns: image, principal, and what the worker found out about a picture."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from shared.domain.keys import Size
from shared.domain.metadata import Metadata
from shared.domain.reference import Reference
from shared.domain.status import Status


class Role(IntEnum):
    """What a principal may do; each role may do what the lower ones may."""

    READER = 1
    EDITOR = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer of the installation; `name` begins every storage key.

    Of one that `has_private_originals` these are shown at signed addresses only.
    """

    id: int
    name: str
    has_private_originals: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls; `is_disabled` says that nobody may call for this tenant now."""

    tenant: Tenant
    role: Role
    label: str
    is_disabled: bool = False


class Originals(StrEnum):
    """Who sees a tenant's originals: whoever has their address, or for as long as it is signed."""

    PUBLIC = "public"
    PRIVATE = "private"


class Kind(StrEnum):
    """A picture gets thumbnails; a binary is only kept and hashed."""

    PICTURE = "picture"
    BINARY = "binary"


class ThumbnailFormat(StrEnum):
    """How a tenant wants its thumbnails: in what fits the picture, all in WebP, or all in AVIF."""

    AUTO = "auto"
    WEBP = "webp"
    AVIF = "avif"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a tenant's thumbnails are to be like; `watermark` is a text, if there is to be one."""

    thumbnails: ThumbnailFormat
    watermark: str | None


MAX_TAGS = 100
"""Of one image."""


@dataclass(frozen=True, slots=True)
class Image:
    """One asset. `revision` and `attempt` are the newest; `served_*` are those shown.

    `width` and `height` are pixels after EXIF orientation. Sizes and dimensions are 0 and file
    type, keys, hashes, color (`#rrggbb`), placeholder (a ThumbHash in base64) and metadata
    None until known.
    `source_missed_on`: since when the source of the bytes does not answer.
    """

    tenant_id: int
    id: int
    uid: UUID
    reference: Reference
    kind: Kind
    status: Status
    status_reason: str | None
    status_detail: str | None
    revision: int
    attempt: int
    row_version: int
    failures: int
    retries: int
    busy_since: datetime | None
    due_at: datetime | None
    served_revision: int | None
    served_attempt: int | None
    original_key: str | None
    thumbnail_key: str | None
    thumbnail_medium_key: str | None
    thumbnail_preview_key: str | None
    thumbnail_square_key: str | None
    watermark_medium_key: str | None
    watermark_preview_key: str | None
    file_type: str | None
    content_type: str | None
    width: int
    height: int
    size_in_bytes: int
    sha256: bytes | None
    md5: bytes | None
    dominant_color: str | None
    placeholder: str | None
    perceptual_hash: int | None
    metadata: Metadata | None
    tags: tuple[str, ...]
    title: str | None
    alt: str | None
    caption: str | None
    gravity: str
    fetched_from: str | None
    source_missed_on: datetime | None
    num_links: int
    created_on: datetime
    modified_on: datetime
    deleted_at: datetime | None


THUMBNAIL_COLUMNS: dict[Size, str] = {
    "TH": "thumbnail_key",
    "THM": "thumbnail_medium_key",
    "THP": "thumbnail_preview_key",
    "THS": "thumbnail_square_key",
    "WMM": "watermark_medium_key",
    "WMP": "watermark_preview_key",
}
