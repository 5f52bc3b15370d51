"""What reading needs of Postgres: pages, totals and single images, as texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.domain.expression import Node
from shared.domain.order import Key
from shared.domain.signature import Pads


class DocumentField(NamedTuple):
    """A member of an answer: its name there, and an attribute of an image.

    Attributes are the image's columns, and `original_url`, `thumbnail_url`, `thumbnail_medium_url`
    and `thumbnail_preview_url`. `zoned` times end in Z. Addresses with `pads` are signed by them.
    `quoted` whole numbers are strings.
    """

    name: str
    attribute: str
    zoned: bool = False
    pads: Pads | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which images: those for which the filter is true, deleted ones or the others."""

    filter: Node | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page: `order` is total; it begins after `skip` rows or after a row.

    `after` has the values of the order's keys, `id` included, as `Page.last` gave them.
    """

    selection: Selection
    fields: Sequence[DocumentField]
    order: Sequence[Key]
    limit: int
    skip: int = 0
    after: Sequence[object] | None = None


class Document(NamedTuple):
    """One image as a JSON text, and the row version that it shows."""

    text: str
    row_version: int


@dataclass(frozen=True, slots=True)
class Page:
    """Documents as JSON texts with commas between, and how many they are.

    `last` is where the next page begins; None at the end.
    """

    documents: str
    size: int
    last: Sequence[object] | None


@dataclass(frozen=True, slots=True)
class Total:
    """How many; beyond a bound it is an estimate."""

    count: int
    is_estimate: bool

    def at_least(self, seen: int) -> "Total":
        """Return what a reader who saw so many can believe; what was counted stands."""
        return Total(max(self.count, seen), is_estimate=True) if self.is_estimate else self


class Lists(Protocol):
    """Images in bulk, for one tenant; what takes too long ends with an UnavailableError."""

    async def page(self, tenant_id: int, query: PageQuery, cdn_base: str) -> Page: ...
    async def total(self, tenant_id: int, selection: Selection, cdn_base: str) -> Total: ...


class Lookups(Protocol):
    """Single images as they are shown, for one tenant."""

    async def document(
        self, tenant_id: int, reference: str, fields: Sequence[DocumentField], cdn_base: str
    ) -> Document | None: ...
