"""What is to be expected of a filtered list, and so which of the ways to its page are tried.

The numbers are rows that Postgres looks at, and come from measurements at ten million images: a row
that an index has all of takes 0.1 to 0.4 us, one that must be fetched 0.5 to 1.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from shared.db.indexes import (
    has_lists,
    is_banded,
    is_beginning,
    is_covered,
    is_named,
    is_range,
)
from shared.db.shares import Share
from shared.usecases.lists_ports import PageQuery

FEWEST = 200
"""Gathered without a look at the order, if no more are expected."""

FEW = 2_000
"""No more are gathered at once where they can be gathered band by band."""

FAR = 4
"""So many rows of an order are looked at in the time that it takes to gather one."""

LISTED = 128_000
"""So many names are looked at in the time that it takes to read the lists of several words."""

WINDOWS = (4_000, 32_000)
"""Of the order, where images have to be fetched. The second is all that a small tenant has."""
WIDER = 8
"""How much wider the second window is: it is worth a look if it may then hold a page."""
WIDEST = 64_000
"""Where several lists would have to be read instead, once for the page or for each band."""

SAMPLE = 16_000
NAMED_WINDOWS = (4_000, 16_000, 64_000, 192_000)
NAMED_WINDOW = 64_000
"""Of the order, where names are looked at and no image is fetched: the first that is half as wide
again as needed, and the next where that nearly did. The last is for what stands in several lists.
"""

ALL = 1_000_000_000

SPREAD = 10_000
"""Nearer than this what has links or a size is found in its order, else band by band."""

NEAR = 1_000
"""Nearer than this names that begin so are found in their order, else month by month."""

SOME = 20_000
"""Gathered where the windows are poor, unless more than `MANY` are expected."""
MANY = 200_000

RANGE = 2_000_000
"""So many that stand together in an index are gathered, rather than that all names are walked."""

LAST_WINDOW = 256_000
MORE = 500_000
"""Where more pass than `SOME`, and yet the windows were poor, what passes stands together, late in
the order: to gather all costs less than this wide window, unless `MORE` pass."""


class Guess(NamedTuple):
    """How many pass a filter: by the planner's statistics, or as was seen.

    `most` is the largest of both: what was seen early in one order may stand together late in it.
    """

    rows: int
    is_seen: bool
    most: int


@dataclass(frozen=True)
class Outlook:
    """A query, and how many pass; `within` are all in the part of the order in which it lies."""

    query: PageQuery
    share: Share
    guess: Guess
    within: float

    @property
    def expected(self) -> int:
        """How many pass."""
        return self.guess.rows

    @cached_property
    def is_banded(self) -> bool:
        """Whether to gather band by band; a small tenant has too few of each."""
        return not self._is_small and is_banded(self.query)

    @property
    def some(self) -> int:
        """How many are gathered at once."""
        return max(FEW, self.share.unseen) if self.is_banded else SOME

    @property
    def are_few(self) -> bool:
        """Whether to gather all is quicker than to look for the page in the order.

        In indexes that have all tenants' images, a small one's are looked up among very many.
        """
        if self._is_small and not is_range(self.query):
            return self.expected <= self._wanted
        far = 1 if is_range(self.query) else FAR
        listed = LISTED if is_named(self.query) and self._has_lists else 0
        return self.expected <= max(FEWEST, min(self.some, (self._reach - listed) // far))

    @property
    def may_be_few(self) -> bool:
        """Whether to gather some is worth a try, after the windows were poor."""
        return self.expected <= MANY and not self.are_few and not self.guess.is_seen

    @property
    def windows(self) -> Sequence[int]:
        """The beginnings of the order that may hold the page; else the first, as a try."""
        if is_covered(self.query) or self._is_small:
            return WINDOWS[-1:]
        if is_named(self.query):
            return self._named_windows
        wide = [WIDEST] if self._has_lists else []
        fitting = [size for size in (*WINDOWS, *wide) if size >= self._reach]
        if not self.is_banded:
            return fitting or ([] if self.guess.is_seen else WINDOWS[:1])
        is_short = self._is_by_creation or self._reach <= SPREAD
        return fitting if is_short else []

    @property
    def _named_windows(self) -> Sequence[int]:
        by_months = self.is_banded and self._is_by_creation and is_beginning(self.query)
        if by_months and self._reach > NEAR:
            return []
        last = NAMED_WINDOW if self.is_banded else NAMED_WINDOWS[-1]
        return [size for size in NAMED_WINDOWS if 1.5 * self._reach <= size <= last][:2]

    @property
    def has_full_months(self) -> bool:
        """Whether so many may pass that months are looked at day by day."""
        full = MANY if is_beginning(self.query) else SOME
        return self._is_by_creation and self.guess.most > full

    @property
    def _has_lists(self) -> bool:
        return not self.is_banded and has_lists(self.query)

    @property
    def _is_by_creation(self) -> bool:
        return self.query.order[0][0].name == "created_on"

    @property
    def _is_small(self) -> bool:
        return self.share.images <= WINDOWS[-1]

    @property
    def _wanted(self) -> int:
        return self.query.skip + self.query.limit + 1

    @cached_property
    def _reach(self) -> int:
        """How far into the order the page lies, if what passes is spread evenly there."""
        return int(self.within * self._wanted / max(self.expected, 1))
