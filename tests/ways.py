"""Each way in which Postgres can be asked for a page: all have to give the same one."""

from shared.db.listing import gathered_sql, ordered_sql, window_sql
from shared.usecases.lists_ports import PageQuery


def statements(
    tenant_id: int, query: PageQuery, base: str, size: int
) -> list[tuple[str, list[object]]]:
    """Return statements with what they take, for a library of `size` images."""
    return [
        ordered_sql(tenant_id, query, base),
        window_sql(tenant_id, query, base, 1000),
        gathered_sql(tenant_id, query, base, size),
        gathered_sql(tenant_id, query, base, size, is_large=True),
        gathered_sql(tenant_id, query, base, None),
    ]
