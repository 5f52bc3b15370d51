"""The wire names of the DAM contract: one table for answers, `$select`, filters and `$metadata`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from api.addresses import Addresses
from shared.domain.expression import Column, Type
from shared.domain.image import Image
from shared.domain.signature import Pads
from shared.usecases.lists_ports import DocumentField


@dataclass(frozen=True, slots=True)
class Property:
    """A member of an image's answer; `attribute` is a column or the URL of a key's column."""

    name: str
    attribute: str
    type: Type
    nullable: bool = True

    @property
    def column(self) -> Column:
        """What filters and orders know it as."""
        return Column(self.attribute, self.type)


ORIGINAL_URL = "original_url"

DOCUMENT = (
    Property("id", "id", Type.INTEGER, nullable=False),
    Property("reference", "reference", Type.STRING, nullable=False),
    Property("numLinks", "num_links", Type.INTEGER, nullable=False),
    Property("status", "status", Type.STRING, nullable=False),
    Property("modifiedOn", "modified_on", Type.MOMENT, nullable=False),
    Property("fileType", "file_type", Type.STRING),
    Property("createdOn", "created_on", Type.MOMENT, nullable=False),
    Property("tags", "tags", Type.STRING, nullable=False),
    Property("originalUrl", ORIGINAL_URL, Type.STRING),
    Property("thumbnailUrl", "thumbnail_url", Type.STRING),
    Property("thumbnailMediumUrl", "thumbnail_medium_url", Type.STRING),
    Property("thumbnailPreviewUrl", "thumbnail_preview_url", Type.STRING),
    Property("width", "width", Type.INTEGER, nullable=False),
    Property("height", "height", Type.INTEGER, nullable=False),
    Property("sizeInBytes", "size_in_bytes", Type.INTEGER, nullable=False),
)
"""The fifteen of the vendor's document, in its order."""

ON_REQUEST = (
    Property("uid", "uid", Type.GUID, nullable=False),
    Property("revision", "revision", Type.INTEGER, nullable=False),
    Property("statusReason", "status_reason", Type.STRING),
    Property("statusDetail", "status_detail", Type.STRING),
    Property("attempts", "attempt", Type.INTEGER, nullable=False),
    Property("contentType", "content_type", Type.STRING),
    Property("sha256", "sha256", Type.STRING),
    Property("md5", "md5", Type.STRING),
    Property("title", "title", Type.STRING),
    Property("alt", "alt", Type.STRING),
    Property("caption", "caption", Type.STRING),
    Property("gravity", "gravity", Type.STRING, nullable=False),
    Property("placeholder", "placeholder", Type.STRING),
    Property("dominantColor", "dominant_color", Type.STRING),
    Property("thumbnailSquareUrl", "thumbnail_square_url", Type.STRING),
    Property("watermarkMediumUrl", "watermark_medium_url", Type.STRING),
    Property("watermarkPreviewUrl", "watermark_preview_url", Type.STRING),
    Property("metadata", "metadata", Type.OBJECT),
    Property("gps", "gps", Type.OBJECT),
    Property("sourceUrl", "fetched_from", Type.STRING),
)

PROPERTIES = {prop.name: prop for prop in (*DOCUMENT, *ON_REQUEST)}
DEFAULT_FIELDS = tuple(prop.name for prop in DOCUMENT)

SCALARS = {
    name: prop.column
    for name, prop in PROPERTIES.items()
    if name != "tags" and prop.type is not Type.OBJECT
}
"""What `$filter` compares and `$orderby` sorts by; tags are looked into by lambdas."""


@lru_cache(maxsize=256)
def document_fields(
    names: tuple[str, ...], *, zoned: bool, quoted: bool = False, pads: Pads | None = None
) -> tuple[DocumentField, ...]:
    """Return these properties as Postgres is to build them, the original's address signed."""
    attributes = ((name, PROPERTIES[name].attribute) for name in names)
    return tuple(
        DocumentField(name, attribute, zoned, pads if attribute == ORIGINAL_URL else None, quoted)
        for name, attribute in attributes
    )


def value_of(image: Image, name: str, addresses: Addresses, *, zoned: bool = False) -> Any:
    """Return a property of an image as it stands in JSON."""
    attribute = PROPERTIES[name].attribute
    if attribute.endswith("_url"):
        address_of = addresses.of_original if attribute == ORIGINAL_URL else addresses.of
        return address_of(getattr(image, attribute.removesuffix("url") + "key"))
    if PROPERTIES[name].type is Type.OBJECT:
        return _embedded(image, attribute)
    value = getattr(image, attribute)
    match value:
        case datetime():
            return time_of(value) + ("Z" if zoned else "")
        case bytes():
            return value.hex()
        case UUID():
            return str(value)
        case _:
            return value


def _embedded(image: Image, attribute: str) -> Any:
    """Return what the file says; where it was taken only to those who ask for just that."""
    said = image.metadata
    if said is None or attribute == "gps":
        return said and said.get("gps")
    return {name: value for name, value in said.items() if name != "gps"}


def time_of(moment: datetime) -> str:
    """Return a time in the document's form: UTC, to the second, without zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
