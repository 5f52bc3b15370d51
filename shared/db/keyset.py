"""Where the next page begins: after the last row's values of the order's keys.

Ascending order has nulls first and descending has them last, as OData says.
"""

from collections.abc import Callable, Sequence

from shared.db.filters import SQL_TYPES, FilterSql
from shared.domain.expression import Column, Type
from shared.domain.order import Key

NOT_NULL = frozenset(
    {
        "id",
        "uid",
        "reference",
        "status",
        "revision",
        "attempt",
        "num_links",
        "created_on",
        "modified_on",
        "width",
        "height",
        "size_in_bytes",
        "gravity",
    }
)

LONG = frozenset({"title", "alt", "caption", "status_detail", "fetched_from"})
SORTED_CHARACTERS = 200
"""Long texts are sorted by so many: where a page begins has to fit into a link."""


def key_sql(column: str, sql: FilterSql) -> str:
    """Return what is sorted by for a column."""
    attribute = sql.attribute(column)
    return f"left({attribute}, {SORTED_CHARACTERS})" if column in LONG else attribute


def order_sql(keys: Sequence[Key], attribute: Callable[[str], str]) -> str:
    """Return the ORDER BY list; `attribute` names a column's key in SQL."""
    return ", ".join(
        _collated(column, attribute(column.name))
        + (" DESC" if descends else "")
        + _nulls(column, descends=descends)
        for column, descends in keys
    )


def _ordered(column: Column, sql: FilterSql) -> str:
    return _collated(column, key_sql(column.name, sql))


def _collated(column: Column, attribute: str) -> str:
    """Return a column as it is sorted: strings by code point."""
    return f'{attribute} COLLATE "C"' if column.type is Type.STRING else attribute


def after_sql(keys: Sequence[Key], values: Sequence[object], sql: FilterSql) -> str:
    """Return a condition for the rows after one with these values."""
    simple = all(column.name in NOT_NULL for column, _ in keys)
    if simple and len({descends for _, descends in keys}) == 1:
        columns = ", ".join(_ordered(column, sql) for column, _ in keys)
        parameters = ", ".join(
            sql.parameter(value, SQL_TYPES[column.type])
            for (column, _), value in zip(keys, values, strict=True)
        )
        return f"({columns}) {'<' if keys[0][1] else '>'} ({parameters})"
    return _mixed(list(zip(keys, values, strict=True)), sql)


def _mixed(steps: Sequence[tuple[Key, object]], sql: FilterSql) -> str:
    """Compare key by key: later in the first, or equal there and later in the rest."""
    ((column, descends), value), *rest = steps
    later = _later(column, value, sql, descends=descends)
    if not rest:
        return later
    equal = (
        f"{sql.attribute(column.name)} IS NULL"
        if value is None
        else f"{key_sql(column.name, sql)} = {sql.parameter(value, SQL_TYPES[column.type])}"
    )
    return f"({later} OR ({equal} AND {_mixed(rest, sql)}))"


def _later(column: Column, value: object, sql: FilterSql, *, descends: bool) -> str:
    if value is None:
        return "FALSE" if descends else f"{sql.attribute(column.name)} IS NOT NULL"
    limit = sql.parameter(value, SQL_TYPES[column.type])
    if not descends:
        return f"{_ordered(column, sql)} > {limit}"
    later = f"{_ordered(column, sql)} < {limit}"
    return (
        later if column.name in NOT_NULL else f"({later} OR {sql.attribute(column.name)} IS NULL)"
    )


def _nulls(column: Column, *, descends: bool) -> str:
    if column.name in NOT_NULL:
        return ""
    return " NULLS LAST" if descends else " NULLS FIRST"
