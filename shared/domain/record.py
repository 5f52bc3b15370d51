"""Reference records: the name that another system gives to one image or category."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.domain.errors import InvalidInputError
from shared.domain.link import LinkName

_URN = re.compile(
    r"urn:(image|category):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE
)


class Named(StrEnum):
    """What can have a name elsewhere."""

    IMAGE = "image"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Urn:
    """One image, or one category."""

    kind: Named
    id: UUID

    def __str__(self) -> str:
        """Return `urn:image:{uuid}` or `urn:category:{uuid}`."""
        return f"urn:{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class ReferenceRecord:
    """`image_id` is given where an image is named; without `expires_at` it is good for ever."""

    name: LinkName
    urn: Urn
    expires_at: datetime | None
    image_id: int | None


def parse_urn(text: str) -> Urn:
    """Read a URN; its letters are of either case (RFC 8141, section 3.1)."""
    match = _URN.fullmatch(text)
    if match is None:
        raise InvalidInputError(
            "urn is urn:image:{uuid} or urn:category:{uuid}.",
            field="urn",
        )
    return Urn(Named(match[1].lower()), UUID(match[2]))
