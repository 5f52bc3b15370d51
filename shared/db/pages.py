"""Lists of images: on connections of their own, few and with short statements.

So that slow lists wait for each other and for nobody else, and none runs for long. Those with a
filter and those without one wait apart.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import asyncpg
import structlog

from shared.db.bands import banded_sql
from shared.db.executor import ACQUIRE_TIMEOUT_S, Borrow, Executor, SlowStatementError
from shared.db.fairness import FairPlaces
from shared.db.guesses import Guesses
from shared.db.indexes import (
    is_covered,
    is_indexed,
    is_named,
    is_range,
    is_walked,
    names_few,
    ranges_of,
)
from shared.db.listing import (
    BETWEEN,
    EXACT_TOTAL,
    Statement,
    bounds_of,
    gathered_sql,
    ordered_sql,
    total_sql,
    window_sql,
)
from shared.db.outlook import ALL, LAST_WINDOW, MORE, RANGE, SAMPLE, WIDER, WINDOWS, Outlook
from shared.db.refusals import ListExecutor, out_of_range, too_slow
from shared.db.shares import Share, ShareReader
from shared.domain.expression import Logic, Node
from shared.usecases.lists_ports import Page, PageQuery, Selection, Total

log = structlog.get_logger(__name__)

LIST_CONNECTIONS = 6
EACH_TENANT = 4
"""So many of them at once, so that slow lists of one leave some to others."""

LONGEST_S = 3.0
"""A page may take so long, with all that is tried for it."""

LIST_SESSION = {
    "statement_timeout": str(int(LONGEST_S * 1000)),
    # Generic plans ignore how common a value is, and were measured to take seconds.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}

WALK_SESSION = LIST_SESSION | {
    # There is one good way, along an index: found once, and for any tenant and any value.
    # To plan it for each page was measured to take as long as the page.
    "plan_cache_mode": "force_generic_plan",
    "enable_sort": "off",
    "enable_bitmapscan": "off",
    "enable_seqscan": "off",
}

COUNTING_S = 1.0

Gather: TypeAlias = Callable[[int | None], Statement]
"""Makes the statement that gathers no more than so many."""


class PageReader(ListExecutor):
    """See `Lists`. `borrow` lends sessions for filters.

    `walks` is for lists without one, `windows` for the beginnings of lists with one: both go along
    an index, and share no connections.
    """

    def __init__(self, borrow: Borrow, walks: Executor, windows: Executor) -> None:
        super().__init__(borrow)
        self._walks = walks
        self._windows = windows
        self.places = FairPlaces(EACH_TENANT, ACQUIRE_TIMEOUT_S)
        self._shares = ShareReader(borrow)
        self._guesses = Guesses(borrow)

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
            return await self.read_one(*ordered_sql(tenant_id, query, cdn_base), self._walks)
        async with self.places.of(tenant_id):
            try:
                async with asyncio.timeout(LONGEST_S):
                    if selection.filter is None:
                        return await self.read_one(*ordered_sql(tenant_id, query, cdn_base))
                    return await self._sought(tenant_id, query, cdn_base, selection.filter)
            except TimeoutError as error:
                raise too_slow() from error

    async def _sought(
        self, tenant_id: int, query: PageQuery, cdn_base: str, wanted: Node
    ) -> asyncpg.Record:
        """Take the ways that are bounded, the quickest first: see `listing` for the four."""
        share = await self._shares.share_of(tenant_id)
        gather = partial(gathered_sql, tenant_id, query, cdn_base, is_large=share.is_large)
        row = None
        if not names_few(wanted) and is_indexed(query.order):
            row = await self._tried(tenant_id, query, cdn_base, share, gather)
        return row or await self.read_one(*gather(None))

    async def _tried(
        self, tenant_id: int, query: PageQuery, cdn_base: str, share: Share, gather: Gather
    ) -> asyncpg.Record | None:
        """Return the page if few rows pass, or if it ends early in the order.

        Guesses only say what to try first: each try is bounded by itself.
        """
        if row := await self._sampled(tenant_id, query, cdn_base, share):
            return row
        outlook = await self._outlook(tenant_id, query, cdn_base, share)
        if outlook.are_few and (row := await self._few(tenant_id, query, outlook.some, gather)):
            return row
        if row := await self._found_early(tenant_id, query, cdn_base, outlook.windows, outlook):
            return row
        if outlook.is_banded:
            by_days = outlook.has_full_months
            banded = partial(banded_sql, is_large=share.is_large, by_days=by_days)
            row = await self.read_one(*banded(tenant_id, query, cdn_base))
        elif outlook.may_be_few:
            row = await self._few(tenant_id, query, outlook.some, gather)
        elif outlook.expected > MORE:
            row = await self._found_early(tenant_id, query, cdn_base, [LAST_WINDOW], outlook)
        return row

    async def _sampled(
        self, tenant_id: int, query: PageQuery, cdn_base: str, share: Share
    ) -> asyncpg.Record | None:
        """Look how many of the first names pass, where the planner cannot know it.

        The page may be among them. All of a small tenant's names are looked at, and nothing else.
        """
        if not is_named(query) or is_range(query):
            return None
        if is_walked(query) and not await self._stands_together(tenant_id, query, cdn_base):
            return await self._window(tenant_id, query, cdn_base, ALL)
        if 0 < share.images <= WINDOWS[-1]:
            row = await self._window(tenant_id, query, cdn_base, 2 * WINDOWS[-1], is_all=True)
            return None if row["overflows"] and row["found"] <= query.limit else row
        guess = await self._guesses.of(tenant_id, query.selection, cdn_base)
        is_first = query.after is None and not query.skip
        if guess.is_seen or guess.rows > share.unseen or not is_first:
            return None
        row = await self._window(tenant_id, query, cdn_base, SAMPLE)
        self._guesses.learn(tenant_id, query.selection, int(share.images * row["found"] / SAMPLE))
        return row if row["found"] > query.limit else None

    async def _stands_together(self, tenant_id: int, query: PageQuery, cdn_base: str) -> bool:
        """Whether a B-tree finds what passes, and what is gathered with it, before a walk does."""
        if not (ranges := ranges_of(query.selection.filter)):
            return False
        within = Selection(Logic("and", tuple(ranges)))
        return (await self._guesses.of(tenant_id, within, cdn_base)).rows <= RANGE

    async def _outlook(
        self, tenant_id: int, query: PageQuery, cdn_base: str, share: Share
    ) -> Outlook:
        """Return what is to be expected of a query."""
        guess = await self._guesses.of(tenant_id, query.selection, cdn_base)
        bounds = bounds_of(query.selection.filter, query.order[0][0])
        within = share.images
        if bounds:
            stretch = Selection(Logic("and", tuple(bounds)))
            within = (await self._guesses.of(tenant_id, stretch, cdn_base)).rows
        return Outlook(query, share, guess, within)

    async def _few(
        self, tenant_id: int, query: PageQuery, most: int, gather: Gather
    ) -> asyncpg.Record | None:
        """Return the page if no more than so many pass; what is covered costs little anyway."""
        if is_covered(query):
            return await self.read_one(*gather(None))
        row = await self.read_one(*gather(most))
        if not row["overflows"]:
            return row
        self._guesses.learn(tenant_id, query.selection, 2 * most)
        return None

    async def _found_early(
        self,
        tenant_id: int,
        query: PageQuery,
        cdn_base: str,
        windows: Sequence[int],
        outlook: Outlook,
    ) -> asyncpg.Record | None:
        """Return the page if it ends within so many rows of the order."""
        wanted = query.limit + 1
        for size in windows:
            if size < query.skip + wanted:
                continue
            row = await self._window(tenant_id, query, cdn_base, size)
            if row["found"] >= wanted:
                return row
            found = query.skip + row["found"]
            # What is not found may stand elsewhere in the order; a later page's window may be short
            if row["found"] and outlook.within and query.after is None:
                seen = max(1.0, outlook.within / size)
                self._guesses.learn(tenant_id, query.selection, int(found * seen))
            if found * WIDER < wanted:
                break
        return None

    async def _window(
        self, tenant_id: int, query: PageQuery, cdn_base: str, rows: int, *, is_all: bool = False
    ) -> asyncpg.Record:
        statement, args = window_sql(tenant_id, query, cdn_base, rows, is_all=is_all)
        # No index walks among deleted images: the planner has to weigh its ways.
        reader = self if query.selection.deleted else self._windows
        return await self.read_one(statement, args, reader)

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
        expected = await self._guesses.estimate(tenant_id, selection, cdn_base)
        return Total(max(expected, least), is_estimate=True)
