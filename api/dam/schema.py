"""The wire names of the DAM contract, each with how it is read off an image."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from api.urls import url_of
from shared.domain.image import Image

Getter = Callable[[Image, str], Any]


def time_of(moment: datetime) -> str:
    """Return a time in the document's form: UTC, to the second, without zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


DEFAULT_FIELDS: dict[str, Getter] = {
    "id": lambda image, _: image.id,
    "reference": lambda image, _: image.reference,
    "numLinks": lambda image, _: image.num_links,
    "status": lambda image, _: image.status,
    "modifiedOn": lambda image, _: time_of(image.modified_on),
    "fileType": lambda image, _: image.file_type,
    "createdOn": lambda image, _: time_of(image.created_on),
    "tags": lambda image, _: list(image.tags),
    "originalUrl": lambda image, base: url_of(image.original_key, base),
    "thumbnailUrl": lambda image, base: url_of(image.thumbnail_key, base),
    "thumbnailMediumUrl": lambda image, base: url_of(image.thumbnail_medium_key, base),
    "thumbnailPreviewUrl": lambda image, base: url_of(image.thumbnail_preview_key, base),
    "width": lambda image, _: image.width,
    "height": lambda image, _: image.height,
    "sizeInBytes": lambda image, _: image.size_in_bytes,
}

MORE_FIELDS: dict[str, Getter] = {
    "uid": lambda image, _: str(image.uid),
    "revision": lambda image, _: image.revision,
    "statusReason": lambda image, _: image.status_reason,
    "statusDetail": lambda image, _: image.status_detail,
    "attempts": lambda image, _: image.attempt,
    "contentType": lambda image, _: image.content_type,
    "sha256": lambda image, _: image.sha256 and image.sha256.hex(),
    "md5": lambda image, _: image.md5 and image.md5.hex(),
    "title": lambda image, _: image.title,
    "alt": lambda image, _: image.alt,
    "caption": lambda image, _: image.caption,
    "gravity": lambda image, _: image.gravity,
}

FIELDS = DEFAULT_FIELDS | MORE_FIELDS

COLUMN_OF: dict[str, tuple[str, type]] = {
    "id": ("id", int),
    "reference": ("reference", str),
    "numLinks": ("num_links", int),
    "status": ("status", str),
    "modifiedOn": ("modified_on", datetime),
    "fileType": ("file_type", str),
    "createdOn": ("created_on", datetime),
    "width": ("width", int),
    "height": ("height", int),
    "sizeInBytes": ("size_in_bytes", int),
    "revision": ("revision", int),
    "statusReason": ("status_reason", str),
    "contentType": ("content_type", str),
    "title": ("title", str),
    "alt": ("alt", str),
    "caption": ("caption", str),
    "gravity": ("gravity", str),
}
"""What `$filter` and `$orderby` may name, with its column and type."""
