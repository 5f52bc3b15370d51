"""SQL for a page that is gathered band by band, from the beginning of the order.

A band is a stretch of the order's values: thirty days, three or four links, a quarter more bytes.
The filter's indexes know the bands too, so that only what passes in the first of them is looked at.
LATERAL is a nested loop, whatever the planner thinks: its outer side's order stays, LIMIT ends it.
"""

from shared.db.filters import FilterSql
from shared.db.indexes import BANDS, BEGINNINGS, DAYS, Bands, is_beginning
from shared.db.keyset import order_sql
from shared.db.listing import (
    Place,
    Statement,
    after_of,
    answer,
    chosen_rows,
    conditions_of,
    limit_of,
    stretch_of,
)
from shared.usecases.lists_ports import PageQuery

DAYS_OF_A_MONTH = 30


def banded_sql(
    tenant_id: int,
    query: PageQuery,
    cdn_base: str,
    *,
    is_large: bool = False,
    by_days: bool = False,
) -> Statement:
    """Return the statement. Where thirty days have too many, `by_days` takes them one by one."""
    sql = FilterSql(cdn_base, by_index=True)
    key = query.order[0][0].name
    stretch = stretch_of(tenant_id, query, sql)
    passing = " AND ".join(
        conditions_of(tenant_id, query.selection, sql, is_large=is_large) + after_of(query, sql)
    )
    bands = _days(passing, query) if by_days else f"{_all_of(BANDS[key], query)} AS band"
    known = DAYS if by_days else _known(query)
    place: Place = "id" if known is BEGINNINGS else "ctid"
    found = (
        f"SELECT place FROM (SELECT {place} AS place, id, {key} FROM images WHERE {passing}"
        f" AND {known.of(key)} = band OFFSET 0) AS passing"
        f" ORDER BY {order_sql(query.order, str)} LIMIT {query.skip + query.limit + 1}"
    )
    places = (
        f"SELECT found.place FROM (SELECT min({key}) AS first, max({key}) AS last"
        f" FROM images WHERE {stretch}) AS ends CROSS JOIN LATERAL {bands}"
        f" CROSS JOIN LATERAL ({found}) AS found{limit_of(query, sql)}"
    )
    return answer(chosen_rows(places, tenant_id, sql, place), query, sql), sql.args


def _days(passing: str, query: PageQuery) -> str:
    """Return the days of those months in which something passes."""
    months = BANDS["created_on"]
    in_month = f"SELECT FROM images WHERE {passing} AND {_known(query).of('created_on')} = month"
    first = f"greatest(month, {DAYS.of('first')})"
    last = f"least(month + '{DAYS_OF_A_MONTH - 1} days', {DAYS.of('last')})"
    return (
        f"{_all_of(months, query)} AS month"
        f" CROSS JOIN LATERAL (SELECT FROM ({in_month} OFFSET 0) AS passing LIMIT 1) AS lively"
        f" CROSS JOIN LATERAL {_series(first, last, DAYS, query)} AS band"
    )


def _known(query: PageQuery) -> Bands:
    """Return the bands as the index has them that finds what passes."""
    by_creation = query.order[0][0].name == "created_on"
    return BEGINNINGS if by_creation and is_beginning(query) else BANDS[query.order[0][0].name]


def _all_of(bands: Bands, query: PageQuery) -> str:
    return _series(bands.of("first"), bands.of("last"), bands, query)


def _series(first: str, last: str, bands: Bands, query: PageQuery) -> str:
    """Return these and all between them, in the query's order."""
    if query.order[0][1]:
        return f"generate_series({last}, {first}, '-{bands.step}')"
    return f"generate_series({first}, {last}, '{bands.step}')"
