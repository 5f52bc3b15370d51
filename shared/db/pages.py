"""Lists of images: on connections of their own, few and with short statements.

So that slow lists wait for each other and for nobody else, and none runs for long. Those with a
filter and those without one wait apart.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import asyncpg
import orjson
import structlog
from cachetools import TTLCache

from shared.db.bands import banded_sql
from shared.db.executor import ACQUIRE_TIMEOUT_S, Borrow, Executor, SlowStatementError
from shared.db.fairness import FairPlaces
from shared.db.indexes import is_banded, is_covered, is_indexed, is_range, names_few
from shared.db.listing import (
    BETWEEN,
    EXACT_TOTAL,
    Statement,
    bounds_of,
    estimate_sql,
    gathered_sql,
    ordered_sql,
    total_sql,
    window_sql,
)
from shared.db.shares import Share, ShareReader
from shared.domain.errors import InvalidInputError, UnavailableError
from shared.domain.expression import Logic, Node
from shared.usecases.lists_ports import Page, PageQuery, Selection, Total

log = structlog.get_logger(__name__)

LIST_CONNECTIONS = 6
EACH_TENANT = 4
"""So many of them at once, so that slow lists of one leave some to others."""

STATEMENT_TIMEOUT_MS = 3000

LIST_SESSION = {
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    # Generic plans ignore how common a value is, and were measured to take seconds.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}

WALK_SESSION = LIST_SESSION | {
    # Without a filter there is one good way, along an index: found once, and for any tenant.
    # To plan it for each page was measured to take as long as the page.
    "plan_cache_mode": "force_generic_plan",
    "enable_sort": "off",
    "enable_bitmapscan": "off",
    "enable_seqscan": "off",
}

COUNTING_S = 1.0

FEWEST = 200
"""Gathered without a look at the order, if the planner expects no more."""

FEW = 2_000
"""No more are gathered at once where they can be gathered band by band."""

FAR = 4
"""So many rows of an order are looked at in the time that it takes to gather one."""

WINDOWS = (4_000, 32_000)
"""The first is left out where the order's index has all that is looked at, or the second all of a
tenant's images. Bands are quicker than the second, and by creation than most of the first."""
NEAR = 1_000
WIDER = 8
"""How much wider the second window is: it is worth a look if it may then hold a page."""

SOME = 20_000
"""Gathered where the windows are poor, unless the planner expects more than `MANY`."""
MANY = 200_000

LAST_WINDOW = 256_000
MORE = 500_000
"""Where more pass than `SOME`, and yet the windows were poor, what passes stands together, late in
the order: to gather all costs less than this wide window, unless `MORE` pass."""

GUESSES, GUESSED_FOR_S = 4_096, 60.0

Gather: TypeAlias = Callable[[int | None], Statement]
"""Makes the statement that gathers no more than so many."""


class PageReader(Executor):
    """See `Lists`. `borrow` lends sessions for filters, `walks` those for plain walks."""

    def __init__(self, borrow: Borrow, walks: Executor) -> None:
        super().__init__(borrow)
        self._walks = walks
        self.places = FairPlaces(EACH_TENANT, ACQUIRE_TIMEOUT_S)
        self._shares = ShareReader(borrow)
        self._guesses: TTLCache[int, int] = TTLCache(GUESSES, GUESSED_FOR_S)

    async def page(self, tenant_id: int, query: PageQuery, cdn_base: str) -> Page:
        row = await self._found(tenant_id, query, cdn_base)
        last = tuple(row[f"last{n}"] for n in range(len(query.order)))
        documents, has_more = row["documents"] or "", row["found"] > query.limit
        if has_more:
            documents = documents[: max(0, documents.rfind(BETWEEN))]
        size = min(row["found"], query.limit)
        return Page(documents, size, last if has_more and query.limit else None)

    async def _found(self, tenant_id: int, query: PageQuery, cdn_base: str) -> asyncpg.Record:
        selection = query.selection
        if selection.filter is None and not selection.deleted and is_indexed(query.order):
            return await self._row(*ordered_sql(tenant_id, query, cdn_base), self._walks)
        async with self.places.of(tenant_id):
            if selection.filter is None:
                return await self._row(*ordered_sql(tenant_id, query, cdn_base))
            return await self._sought(tenant_id, query, cdn_base, selection.filter)

    async def _sought(
        self, tenant_id: int, query: PageQuery, cdn_base: str, wanted: Node
    ) -> asyncpg.Record:
        """Take the ways that are bounded, the quickest first: see `listing` for the four."""
        share = await self._shares.share_of(tenant_id)
        gather = partial(gathered_sql, tenant_id, query, cdn_base, is_large=share.is_large)
        row = None
        if not names_few(wanted) and is_indexed(query.order):
            row = await self._tried(tenant_id, query, cdn_base, share, gather)
        return row or await self._row(*gather(None))

    async def _tried(
        self, tenant_id: int, query: PageQuery, cdn_base: str, share: Share, gather: Gather
    ) -> asyncpg.Record | None:
        """Return the page if few rows pass, or if it ends early in the order.

        The planner's guess only says what to try first: each try is bounded by itself.
        """
        expected = await self._guess(tenant_id, query.selection, cdn_base)
        reach = await self._reach(tenant_id, query, cdn_base, share, expected)
        in_bands = is_banded(query) and share.images > WINDOWS[-1]
        some = FEW if in_bands else SOME
        far = 1 if is_range(query) else FAR
        are_few = expected <= max(FEWEST, min(some, reach // far))
        if are_few:
            if row := await self._few(query, gather, some):
                return row
            self._guesses[_key(tenant_id, query.selection)] = 1 + (FEW if in_bands else MANY)
        windows = _windows(query, reach, share, in_bands=in_bands)
        if early := await self._found_early(tenant_id, query, cdn_base, windows):
            return early
        if in_bands:
            by_days = query.order[0][0].name == "created_on" and expected > SOME
            banded = banded_sql(
                tenant_id, query, cdn_base, is_large=share.is_large, by_days=by_days
            )
            return await self._row(*banded)
        may_be_few = expected <= MANY and not are_few
        if may_be_few and (row := await self._few(query, gather, SOME)):
            return row
        if expected <= MORE:
            return None
        return await self._found_early(tenant_id, query, cdn_base, [LAST_WINDOW])

    async def _reach(
        self, tenant_id: int, query: PageQuery, cdn_base: str, share: Share, expected: int
    ) -> int:
        """Return how far into the order the page lies, if what passes is spread evenly there."""
        bounds = bounds_of(query.selection.filter, query.order[0][0])
        within = share.images
        if bounds:
            within = await self._guess(tenant_id, Selection(Logic("and", tuple(bounds))), cdn_base)
        return int(within * (query.skip + query.limit + 1) / max(expected, 1))

    async def _few(self, query: PageQuery, gather: Gather, most: int) -> asyncpg.Record | None:
        """Return the page if no more than so many pass; what is covered costs little anyway."""
        if is_covered(query):
            return await self._row(*gather(None))
        row = await self._row(*gather(most))
        return None if row["overflows"] else row

    async def _found_early(
        self, tenant_id: int, query: PageQuery, cdn_base: str, windows: Sequence[int]
    ) -> asyncpg.Record | None:
        """Return the page if it ends within so many rows of the order."""
        wanted = query.limit + 1
        for size in windows:
            if size < query.skip + wanted:
                continue
            row = await self._row(*window_sql(tenant_id, query, cdn_base, size))
            if row["found"] >= wanted:
                return row
            if (query.skip + row["found"]) * WIDER < wanted:
                break
        return None

    async def total(self, tenant_id: int, selection: Selection, cdn_base: str) -> Total:
        """Count if that is quickly done, else estimate."""
        async with self.places.of(tenant_id):
            return await self._total(tenant_id, selection, cdn_base)

    async def _total(self, tenant_id: int, selection: Selection, cdn_base: str) -> Total:
        share = await self._shares.share_of(tenant_id)
        statement, args = total_sql(tenant_id, selection, cdn_base, is_large=share.is_large)
        least = 0
        try:
            (row,) = await self.rows_of(statement, *args, timeout_s=COUNTING_S)
            if row["total"] <= EXACT_TOTAL:
                return Total(row["total"], is_estimate=False)
            least = EXACT_TOTAL + 1
        except SlowStatementError:
            log.info("count_estimated")
        except asyncpg.DataError as error:
            raise out_of_range(error) from error
        expected = await self._estimate(tenant_id, selection, cdn_base)
        return Total(max(expected, least), is_estimate=True)

    async def _guess(self, tenant_id: int, selection: Selection, cdn_base: str) -> int:
        """Return an estimate of less than a minute ago: a list's next pages need none of their own.

        Where more passed than it said, that is what is remembered.
        """
        key = _key(tenant_id, selection)
        if (known := self._guesses.get(key)) is not None:
            return known
        self._guesses[key] = expected = await self._estimate(tenant_id, selection, cdn_base)
        return expected

    async def _estimate(self, tenant_id: int, selection: Selection, cdn_base: str) -> int:
        """Return about how many rows pass, as the planner guesses."""
        plan = await self._row(*estimate_sql(tenant_id, selection, cdn_base))
        return int(orjson.loads(plan[0])[0]["Plan"]["Plan Rows"])

    async def _row(
        self, statement: str, args: list[object], reader: Executor | None = None
    ) -> asyncpg.Record:
        (row,) = await self.read(statement, args, reader)
        return row

    async def read(
        self, statement: str, args: list[object], reader: Executor | None = None
    ) -> list[asyncpg.Record]:
        try:
            return await (reader or self).rows_of(statement, *args)
        except asyncpg.DataError as error:
            raise out_of_range(error) from error
        except SlowStatementError as error:
            raise too_slow() from error


def _key(tenant_id: int, selection: Selection) -> int:
    """Return what a guess is known by, which takes little room: another's leads a longer way."""
    return hash((tenant_id, selection))


def _windows(query: PageQuery, reach: int, share: Share, *, in_bands: bool) -> Sequence[int]:
    """Return the windows that may hold so many rows of the order; else the first, as a try."""
    if is_covered(query) or share.images <= WINDOWS[-1]:
        return WINDOWS[-1:]
    if in_bands:
        near = NEAR if query.order[0][0].name == "created_on" else WINDOWS[0]
        return WINDOWS[:1] if reach <= near else []
    return [size for size in WINDOWS if size >= reach] or WINDOWS[:1]


def out_of_range(error: asyncpg.DataError) -> InvalidInputError:
    """Say that numbers or times of a filter grow too large."""
    return InvalidInputError(
        f"A calculation of the filter leaves the range of its type: {error.args[0]}.",
        field="$filter",
    )


def too_slow() -> UnavailableError:
    """Say how to narrow a query that takes too long."""
    return UnavailableError(
        "This list takes too long. Narrow it: compare status, fileType, tags or a time first, give "
        "contains() at least three characters, or sort by createdOn.",
        retry_after_s=5,
    )
