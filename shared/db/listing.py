"""SQL for a page of images, and for how many there are.

Four ways to the same rows. `ordered` walks the order's index and drops what the filter refuses:
best while most rows pass. `window` looks only at the first rows of that walk: it may find too
few, but never takes long. `gathered` finds all that pass by the filter's own indexes and sorts
them: best while few do. `banded` (in `bands`) does so for one stretch of the order after the
other until the page is full: best while some do.
Left to itself the planner picks between the first and the third by guesses, and a wrong guess was
measured to take seconds.
"""

from dataclasses import replace
from functools import lru_cache, partial
from typing import Literal, NamedTuple, TypeAlias, cast

from shared.db.documents import document_sql
from shared.db.filters import FilterSql
from shared.db.indexes import is_covered, is_kept, is_named
from shared.db.keyset import after_sql, key_sql, order_sql
from shared.domain.expression import Column, Compare, Constant, Logic, Member, Node
from shared.domain.order import Key
from shared.usecases.lists_ports import DocumentField, PageQuery, Selection

BETWEEN = ",\n"
"""Between documents, and never within one: there a line break is escaped."""

EXACT_TOTAL = 100_000
"""More than so many are not counted but estimated."""

LARGEST_INTEGER = 2**31 - 1

Statement = tuple[str, list[object]]
Place: TypeAlias = Literal["id", "ctid"]


class _Slot(NamedTuple):
    """Stands in a statement's parameters for a value of the next query of the same shape."""

    number: int


def ordered_sql(tenant_id: int, query: PageQuery, cdn_base: str) -> Statement:
    """Return the statement that leaves the way to the planner."""
    if query.selection.filter is not None:
        return _ordered(tenant_id, query, cdn_base)
    after = None if query.after is None else tuple(value is None for value in query.after)
    shape = (query.selection.deleted, tuple(query.fields), tuple(query.order), query.limit)
    text, slots = _walk(*shape, after, cdn_base, skips=query.skip > 0)
    values = (tenant_id, query.skip, *(query.after or ()))
    return text, [values[arg.number] if isinstance(arg, _Slot) else arg for arg in slots]


@lru_cache(maxsize=256)
def _walk(
    deleted: bool,  # noqa: FBT001
    fields: tuple[DocumentField, ...],
    order: tuple[Key, ...],
    limit: int,
    after: tuple[bool, ...] | None,
    cdn_base: str,
    *,
    skips: bool,
) -> tuple[str, tuple[object, ...]]:
    """Return the statement of all queries of a shape; `after` says which of its values are null.

    To compose it anew for each page was measured to take a tenth of the page's time here.
    """
    slots = after and [None if is_null else _Slot(2 + n) for n, is_null in enumerate(after)]
    query = PageQuery(Selection(deleted=deleted), fields, order, limit, after=slots)
    skip = cast("int", _Slot(1)) if skips else 0
    text, args = _ordered(cast("int", _Slot(0)), replace(query, skip=skip), cdn_base)
    return text, tuple(args)


def _ordered(tenant_id: int, query: PageQuery, cdn_base: str) -> Statement:
    sql = FilterSql(cdn_base)
    conditions = conditions_of(tenant_id, query.selection, sql) + after_of(query, sql)
    return _page(f"SELECT * FROM images WHERE {' AND '.join(conditions)}", query, sql)


def window_sql(
    tenant_id: int, query: PageQuery, cdn_base: str, rows: int, *, is_all: bool = False
) -> Statement:
    """Return the statement that looks at the first `rows` in order; it may find too few.

    What the filter says about the order's own column decides where the walk begins and ends. Who
    takes these rows for all that there are is told by `overflows` where there are more. The filter
    stands within the walk, which so has to take of a row what is looked at and nothing else.
    """
    sql = FilterSql(cdn_base, for_any=True)
    wanted = query.selection.filter
    order = order_sql(query.order, partial(key_sql, sql=sql))
    place: Place = "id" if is_covered(query) or is_named(query) else "ctid"
    passes = "TRUE" if wanted is None else sql.holds(wanted)
    stretch = stretch_of(tenant_id, query, sql)
    first = f"SELECT {place} AS place, {passes} AS passes FROM images WHERE {stretch}"
    chosen = (
        f"SELECT place FROM ({first} ORDER BY {order} LIMIT {rows}) AS first"
        f" WHERE passes{limit_of(query, sql)}"
    )
    chosen = chosen_rows(chosen, tenant_id, sql, place)
    more = f"(SELECT count(*) FROM (SELECT FROM images WHERE {stretch} LIMIT {rows + 1}) AS all_of)"
    also = f", {more} > {rows} AS overflows" if is_all else ""
    return answer(chosen, query, sql, also), sql.args


def gathered_sql(
    tenant_id: int, query: PageQuery, cdn_base: str, most: int | None, *, is_large: bool = False
) -> Statement:
    """Return the statement that takes all that pass, by the filter's indexes, and then sorts.

    Only what is sorted by is gathered: whole rows would leave the memory that a sort has. Where
    more than `most` pass, its column `overflows` is true and the rest of it means nothing.
    """
    sql = FilterSql(cdn_base, by_index=True)
    conditions = conditions_of(tenant_id, query.selection, sql, is_large=is_large)
    conditions += after_of(query, sql)
    names, keys = _keys(query, sql)
    place: Place = "id" if is_covered(query) or is_kept(query) else "ctid"
    passing = f"SELECT {place} AS place, {keys} FROM images WHERE {' AND '.join(conditions)}"
    order = order_sql(query.order, names.__getitem__)
    if most is None:  # OFFSET 0 keeps the planner from walking the order
        chosen = f"SELECT place FROM ({passing} OFFSET 0) AS passing ORDER BY {order}"
        rows = chosen_rows(chosen + limit_of(query, sql), tenant_id, sql, place)
        return answer(rows, query, sql, also=", FALSE AS overflows"), sql.args
    chosen = f"SELECT place FROM passing ORDER BY {order}{limit_of(query, sql)}"
    rows = chosen_rows(chosen, tenant_id, sql, place)
    statement = answer(
        rows, query, sql, also=f", (SELECT count(*) FROM passing) > {most} AS overflows"
    )
    return f"WITH passing AS MATERIALIZED ({passing} LIMIT {most + 1}) {statement}", sql.args


def total_sql(
    tenant_id: int, selection: Selection, cdn_base: str, *, is_large: bool = False
) -> Statement:
    """Return the statement that counts to one more than is exact."""
    sql = FilterSql(cdn_base, by_index=True)
    conditions = " AND ".join(conditions_of(tenant_id, selection, sql, is_large=is_large))
    rows = f"SELECT FROM images WHERE {conditions} LIMIT {EXACT_TOTAL + 1}"
    return f"SELECT count(*) AS total FROM ({rows}) AS counted", sql.args


def estimate_sql(tenant_id: int, selection: Selection, cdn_base: str) -> Statement:
    """Return the statement whose plan says about how many there are."""
    sql = FilterSql(cdn_base)
    conditions = " AND ".join(conditions_of(tenant_id, selection, sql))
    return f"EXPLAIN (FORMAT JSON) SELECT FROM images WHERE {conditions}", sql.args


def chosen_rows(places: str, tenant_id: int, sql: FilterSql, column: Place) -> str:
    """Return the rows that are there: by `ctid` if images have been read for that, else by `id`.

    Until they are chosen an index may be all that is read, and knows no `ctid`. They are fetched
    one by one: a plan that shuns sorts would rather walk all images in the page's order.
    """
    tenant = sql.parameter(tenant_id, "bigint")
    one = f"SELECT * FROM images WHERE {column} = chosen.place AND tenant_id = {tenant} OFFSET 0"
    return f"SELECT there.* FROM ({places}) AS chosen CROSS JOIN LATERAL ({one}) AS there"


def _page(source: str, query: PageQuery, sql: FilterSql) -> Statement:
    """Return the statement for the page's part of the rows of `source`."""
    order = order_sql(query.order, partial(key_sql, sql=sql))
    rows = f"{source} ORDER BY {order}{limit_of(query, sql)}"
    return answer(rows, query, sql), sql.args


def limit_of(query: PageQuery, sql: FilterSql) -> str:
    """Look for one row more than was asked for: then there is a next page.

    The limit is no parameter: without it the planner cannot tell which way is best.
    """
    offset = f" OFFSET {sql.parameter(query.skip, 'bigint')}" if query.skip else ""
    return f" LIMIT {int(query.limit) + 1}{offset}"


def answer(rows: str, query: PageQuery, sql: FilterSql, also: str = "") -> str:
    """Return one row: the documents as one text, how many there are, the last keys of the page.

    Fifty rows would cost the reader a third more time than one long text, and to number them
    would cost Postgres a third more than to aggregate them in the order in which they come.
    """
    names, keys = _keys(query, sql)
    shown = f"SELECT {document_sql(query.fields, sql)} AS document, {keys}"
    order = f"ORDER BY {order_sql(query.order, names.__getitem__)}"
    columns = [f"string_agg(document, E',\\n' {order}) AS documents"]
    columns += ["count(*) AS found"]
    columns += [
        f"(array_agg({names[column.name]} {order}))[{int(query.limit)}] AS last{n}"
        for n, (column, _) in enumerate(query.order)
    ]
    return f"SELECT {', '.join(columns)}{also} FROM ({shown} FROM ({rows}) AS page) AS shown"


def _keys(query: PageQuery, sql: FilterSql) -> tuple[dict[str, str], str]:
    """Return what a query's columns are called as keys, and the SQL that calls them so."""
    names = {column.name: f"key{n}" for n, (column, _) in enumerate(query.order)}
    return names, ", ".join(f"{key_sql(name, sql)} AS {key}" for name, key in names.items())


def after_of(query: PageQuery, sql: FilterSql) -> list[str]:
    """Return what holds for rows after those of the pages before."""
    if query.after is None:
        return []
    return [after_sql(query.order, query.after, sql)]


def conditions_of(
    tenant_id: int, selection: Selection, sql: FilterSql, *, is_large: bool = False
) -> list[str]:
    """Return what must hold for a tenant's image to be one of the selection.

    For a large tenant, GIN indexes are not asked for the tenant too: each image found would be
    looked up among all of the tenant's, which was measured to take forty times as long. They know
    no comparison of a bigint with an integer; B-trees do.
    """
    sql_type = "integer" if is_large and tenant_id <= LARGEST_INTEGER else "bigint"
    needed = [
        f"tenant_id = {sql.parameter(tenant_id, sql_type)}",
        f"deleted_at IS {'NOT ' if selection.deleted else ''}NULL",
    ]
    if selection.filter is not None:
        needed.append(sql.holds(selection.filter))
    return needed


def stretch_of(tenant_id: int, query: PageQuery, sql: FilterSql) -> str:
    """Return what holds for the part of the order in which the page can lie."""
    conditions = conditions_of(tenant_id, Selection(None, query.selection.deleted), sql)
    conditions += after_of(query, sql)
    bounds = bounds_of(query.selection.filter, query.order[0][0])
    return " AND ".join([*conditions, *map(sql.holds, bounds)])


def bounds_of(node: Node | None, column: Column) -> list[Node]:
    """Return what must hold by itself, and only compares this column with constants."""
    match node:
        case Logic("and", operands):
            return [bound for operand in operands for bound in bounds_of(operand, column)]
        case Compare(_, left, Constant()) | Compare(_, Constant(), left) if left == column:
            return [node]
        case Member(operand) if operand == column:
            return [node]
        case _:
            return []
