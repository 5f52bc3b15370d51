"""SQL for a page of images, and for how many there are.

Three ways to the same rows. `ordered` walks the order's index and drops what the filter refuses:
best while most rows pass. `window` looks only at the first rows of that walk: it may find too
few, but never takes long. `gathered` finds all that pass by the filter's own indexes and sorts
them: best while few do. Left to itself the planner picks between the first and the last by guesses,
and a wrong guess was measured to take seconds.
"""

from shared.db.documents import document_sql
from shared.db.filters import FilterSql
from shared.db.keyset import after_sql, order_sql
from shared.usecases.ports import PageQuery, Selection

EXACT_TOTAL = 100_000
"""More than so many are not counted but estimated."""

Statement = tuple[str, list[object]]


def ordered_sql(tenant_id: int, query: PageQuery, cdn_base: str) -> Statement:
    """Return the statement that leaves the way to the planner."""
    sql = FilterSql(cdn_base)
    conditions = _conditions(tenant_id, query.selection, sql) + _after(query, sql)
    return _page(f"SELECT * FROM images WHERE {' AND '.join(conditions)}", query, sql)


def window_sql(tenant_id: int, query: PageQuery, cdn_base: str, rows: int) -> Statement:
    """Return the statement that looks at the first `rows` in order; it may find too few."""
    sql = FilterSql(cdn_base)
    conditions = _conditions(tenant_id, Selection(None, query.selection.deleted), sql)
    conditions += _after(query, sql)
    first = (
        f"SELECT * FROM images WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order_sql(query.order, sql)} LIMIT {rows}"
    )
    passing = "TRUE" if query.selection.filter is None else sql.holds(query.selection.filter)
    return _page(f"SELECT * FROM ({first}) AS first WHERE {passing}", query, sql)


def gathered_sql(tenant_id: int, query: PageQuery, cdn_base: str) -> Statement:
    """Return the statement that takes all that pass, by the filter's indexes, and then sorts."""
    sql = FilterSql(cdn_base)
    conditions = _conditions(tenant_id, query.selection, sql) + _after(query, sql)
    statement, args = _page("SELECT * FROM passing", query, sql)
    passing = f"SELECT * FROM images WHERE {' AND '.join(conditions)}"
    return f"WITH passing AS MATERIALIZED ({passing}) {statement}", args


def total_sql(tenant_id: int, selection: Selection, cdn_base: str) -> Statement:
    """Return the statement that counts to one more than is exact."""
    sql = FilterSql(cdn_base)
    conditions = " AND ".join(_conditions(tenant_id, selection, sql))
    rows = f"SELECT FROM images WHERE {conditions} LIMIT {EXACT_TOTAL + 1}"
    return f"SELECT count(*) AS total FROM ({rows}) AS counted", sql.args


def estimate_sql(tenant_id: int, selection: Selection, cdn_base: str) -> Statement:
    """Return the statement whose plan says about how many there are."""
    sql = FilterSql(cdn_base)
    conditions = " AND ".join(_conditions(tenant_id, selection, sql))
    return f"EXPLAIN (FORMAT JSON) SELECT FROM images WHERE {conditions}", sql.args


def _page(source: str, query: PageQuery, sql: FilterSql) -> Statement:
    """Return one row: the page's documents as one text, how many rows there are, and the last keys.

    One row more than the limit is looked for: there is a next page. Fifty rows would cost the
    reader a third more time than one long text.
    """
    order = order_sql(query.order, sql)
    limit = int(query.limit)  # no parameter: without it there is no telling which plan is best
    offset = f" OFFSET {sql.parameter(query.skip, 'bigint')}" if query.skip else ""
    rows = f"{source} ORDER BY {order} LIMIT {limit + 1}{offset}"
    keys = [sql.attribute(column.name) for column, _ in query.order]
    shown = [f"{document_sql(query.fields, sql)} AS document"]
    shown += [f"{key} AS key{n}" for n, key in enumerate(keys)]
    numbered = f"SELECT row_number() OVER (ORDER BY {order}) AS n, {', '.join(shown)}"
    columns = [f"string_agg(document, ',' ORDER BY n) FILTER (WHERE n <= {limit}) AS documents"]
    columns += ["count(*) AS found"]
    columns += [f"(array_agg(key{n}) FILTER (WHERE n = {limit}))[1]" for n in range(len(keys))]
    statement = f"SELECT {', '.join(columns)} FROM ({numbered} FROM ({rows}) AS page) AS numbered"
    return statement, sql.args


def _after(query: PageQuery, sql: FilterSql) -> list[str]:
    if query.after is None:
        return []
    return [after_sql(query.order, query.after, sql)]


def _conditions(tenant_id: int, selection: Selection, sql: FilterSql) -> list[str]:
    conditions = [
        f"tenant_id = {sql.parameter(tenant_id, 'bigint')}",
        f"deleted_at IS {'NOT ' if selection.deleted else ''}NULL",
    ]
    if selection.filter is not None:
        conditions.append(sql.holds(selection.filter))
    return conditions
