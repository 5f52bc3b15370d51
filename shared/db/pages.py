"""Lists of images: on connections of their own, few and with short statements.

So that slow lists wait for each other and for nobody else, and none runs for long. Those with a
filter and those without one wait apart.
"""

import asyncpg
import orjson
import structlog

from shared.db.executor import Borrow, Executor, SlowStatementError
from shared.db.indexes import is_covered, is_indexed, names_few
from shared.db.listing import (
    BETWEEN,
    EXACT_TOTAL,
    estimate_sql,
    gathered_sql,
    ordered_sql,
    total_sql,
    window_sql,
)
from shared.domain.errors import InvalidInputError, UnavailableError
from shared.usecases.lists_ports import Page, PageQuery, Selection, Total

log = structlog.get_logger(__name__)

LIST_CONNECTIONS = 6
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

FEW = 2_000
"""Gathered without a look at the order, if the planner expects no more."""

FAR = 4
"""How many rows of the order are looked at in the time that it takes to gather one."""

WINDOWS = (4_000, 32_000)
"""The first is left out where the order's index has all that is looked at: that costs as little."""
WIDER = 8
"""How much wider the second window is: it is worth a look if it may then hold a page."""

SOME = 20_000
"""Gathered where the windows are poor, unless the planner expects more than `MANY`."""

MANY = 200_000
LAST_WINDOW = 256_000
"""Where more pass than `SOME`, and yet the windows were poor, what passes stands together, late in
the order: a wide window may reach it, and costs less than to gather all of it."""


class PageReader(Executor):
    """See `Lists`. `borrow` lends sessions for filters, `walks` those for plain walks."""

    def __init__(self, borrow: Borrow, walks: Executor) -> None:
        super().__init__(borrow)
        self._walks = walks

    async def page(self, tenant_id: int, query: PageQuery, cdn_base: str) -> Page:
        row = await self._found(tenant_id, query, cdn_base)
        last = tuple(row[f"last{n}"] for n in range(len(query.order)))
        documents, has_more = row["documents"] or "", row["found"] > query.limit
        if has_more:
            documents = documents[: max(0, documents.rfind(BETWEEN))]
        size = min(row["found"], query.limit)
        return Page(documents, size, last if has_more and query.limit else None)

    async def _found(self, tenant_id: int, query: PageQuery, cdn_base: str) -> asyncpg.Record:
        """Take the ways that are bounded, the quickest first: see `listing` for the three."""
        if query.selection.filter is None:
            reader = (
                self._walks if is_indexed(query.order) and not query.selection.deleted else self
            )
            return await self._row(*ordered_sql(tenant_id, query, cdn_base), reader)
        is_walkable = not names_few(query.selection.filter) and is_indexed(query.order)
        if is_walkable and (row := await self._found_early(tenant_id, query, cdn_base)):
            return row
        return await self._row(*gathered_sql(tenant_id, query, cdn_base, most=None))

    async def _found_early(
        self, tenant_id: int, query: PageQuery, cdn_base: str
    ) -> asyncpg.Record | None:
        """Return the page if few rows pass, or if it begins early in the order.

        The planner's guess only says what to try first: each try is bounded by itself.
        """
        expected = await self._estimate(tenant_id, query.selection, cdn_base)
        overflows = False
        if expected <= FEW or await self._are_sparse(tenant_id, query, expected):
            row = await self._row(*gathered_sql(tenant_id, query, cdn_base, SOME))
            if not (overflows := row["overflows"]):
                return row
        wanted = query.limit + 1
        covered = query.selection.filter and is_covered(query.selection.filter, query.order)
        for size in WINDOWS[1:] if covered else WINDOWS:
            if size < query.skip + wanted:
                continue
            row = await self._row(*window_sql(tenant_id, query, cdn_base, size))
            if row["found"] >= wanted:
                return row
            if (query.skip + row["found"]) * WIDER < wanted:
                break
        if expected <= MANY and not overflows:
            row = await self._row(*gathered_sql(tenant_id, query, cdn_base, SOME))
            if not row["overflows"]:
                return row
        row = await self._row(*window_sql(tenant_id, query, cdn_base, LAST_WINDOW))
        return row if row["found"] >= wanted else None

    async def _are_sparse(self, tenant_id: int, query: PageQuery, expected: int) -> bool:
        """Whether the page, if what passes is spread evenly, ends far beyond as many rows."""
        if expected > SOME:
            return False
        everything = await self._estimate(tenant_id, Selection(None, query.selection.deleted), "")
        return FAR * expected**2 < (query.skip + query.limit) * everything

    async def total(self, tenant_id: int, selection: Selection, cdn_base: str) -> Total:
        """Count if that is quickly done, else estimate."""
        statement, args = total_sql(tenant_id, selection, cdn_base)
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
