"""What is compared: two calls that everybody answers with the same images."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

CONNECTIONS = 32
PAGE_ROWS = 50
PAGE_OPTIONS = f"$top={PAGE_ROWS}&$orderby=createdOn desc"
PHOTO = ("photo-", ".jpg")
"""What stands around the number in the references that are looked up."""
TENANT = "middle"


class Call(StrEnum):
    """The newest images of a tenant; one image by its reference, another each time."""

    PAGE = "page of 50"
    LOOKUP = "by reference"


class Unavailable(Exception):  # noqa: N818 no error: the others are compared without it
    """A contender cannot be had here; the message says why."""


class Contender(Protocol):
    """Whoever answers the two calls."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def rate(self, call: Call, seconds: int) -> float:
        """Return the answers per second, with 32 clients at once."""


@dataclass(frozen=True, slots=True)
class Service:
    """An HTTP service: paths of the calls, and in which member of the answers the images are.

    Without `image_member` the answer to a look-up is the image itself.
    """

    name: str
    origin: str
    page_path: str
    lookup_path: tuple[str, str]
    page_member: str
    image_member: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
