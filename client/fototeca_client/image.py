"""An image as the service tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

BUSY = frozenset({"Up", "Re"})
"""Statuses in which a worker is at work, and changes are refused."""


class Rendition(StrEnum):
    """What an image can be downloaded as; the value is the member that holds its URL."""

    ORIGINAL = "originalUrl"
    THUMBNAIL = "thumbnailUrl"
    MEDIUM = "thumbnailMediumUrl"
    PREVIEW = "thumbnailPreviewUrl"


class Effect(StrEnum):
    """What a `put` did."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Image:
    """One image. `fields` is the answer as it came, with whatever `select` asked for besides.

    `etag` is for `if_match`; a list does not tell it. Sizes are in pixels and bytes, 0 until known.
    """

    id: int
    reference: str
    status: str
    tags: tuple[str, ...]
    file_type: str | None
    width: int
    height: int
    size_in_bytes: int
    num_links: int
    created_on: datetime
    modified_on: datetime
    fields: Mapping[str, Any]
    etag: str | None = None

    @property
    def is_busy(self) -> bool:
        """Whether it is being processed."""
        return self.status in BUSY

    def url(self, rendition: Rendition = Rendition.ORIGINAL) -> str | None:
        """Return where the bytes are served, without a key; None while there are none."""
        url: str | None = self.fields[rendition]
        return url


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a `put`; `sha256` is that of the bytes sent, in hex."""

    image: Image
    effect: Effect
    sha256: str


def image_of(fields: Mapping[str, Any], etag: str | None = None) -> Image:
    """Read an image from an answer, which has at least the fifteen members."""
    return Image(
        id=fields["id"],
        reference=fields["reference"],
        status=fields["status"],
        tags=tuple(fields["tags"]),
        file_type=fields["fileType"],
        width=fields["width"],
        height=fields["height"],
        size_in_bytes=fields["sizeInBytes"],
        num_links=fields["numLinks"],
        created_on=_moment(fields["createdOn"]),
        modified_on=_moment(fields["modifiedOn"]),
        fields=fields,
        etag=etag,
    )


def _moment(text: str) -> datetime:
    """Read a time, which is UTC whether it says so or not."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
