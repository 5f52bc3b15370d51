"""SQL for a page of images; values only ever travel as parameters."""

from typing import Any

from shared.db.records import IMAGE_COLUMNS
from shared.usecases.ports import ListQuery


def list_sql(tenant_id: int, query: ListQuery) -> tuple[str, list[Any]]:
    """Return the statement and its parameters; `id` is the last tie-breaker."""
    args: list[Any] = [tenant_id]
    conditions = ["tenant_id = $1", f"deleted_at IS {'NOT ' if query.deleted else ''}NULL"]
    for column, value in query.equals:
        conditions.append(_equals(column, value, args))
    order = [f"{_known(column)} {'DESC' if down else 'ASC'}" for column, down in query.order]
    args += [query.top, query.skip]
    sql = (
        f"SELECT * FROM images WHERE {' AND '.join(conditions)} "  # noqa: S608 columns are known
        f"ORDER BY {', '.join([*order, 'id'])} LIMIT ${len(args) - 1} OFFSET ${len(args)}"
    )
    return sql, args


def _equals(column: str, value: Any, args: list[Any]) -> str:
    if value is None:
        return f"{_known(column)} IS NULL"
    args.append(value)
    cast = "::bigint" if isinstance(value, int) else ""
    return f"{_known(column)} = ${len(args)}{cast}"


def _known(column: str) -> str:
    if column not in IMAGE_COLUMNS:
        raise KeyError(f"an image has no column {column}")
    return column
