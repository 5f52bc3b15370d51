"""Images as JSON texts, built by Postgres."""

from collections.abc import Sequence

from shared.db.filters import FilterSql
from shared.usecases.ports import DocumentField

MOMENTS = frozenset({"created_on", "modified_on"})


def document_sql(fields: Sequence[DocumentField], sql: FilterSql) -> str:
    """Return SQL for a JSON object with these members, in this order, as text."""
    members = (f'{_shown(field, sql)} AS "{_quotable(field.name)}"' for field in fields)
    return f"(SELECT row_to_json(document)::text FROM (SELECT {', '.join(members)}) AS document)"


def _shown(field: DocumentField, sql: FilterSql) -> str:
    if field.attribute in MOMENTS and field.zoned:
        return f'to_char({field.attribute}, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')'
    if field.attribute in MOMENTS:  # stored to the second; to_char would take twice as long
        return f"{field.attribute} AT TIME ZONE 'UTC'"
    return sql.attribute(field.attribute)


def _quotable(name: str) -> str:
    if not name.isidentifier():
        raise ValueError(f"{name!r} cannot name a member")
    return name
