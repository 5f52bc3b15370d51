"""Images as JSON texts, built by Postgres."""

from collections.abc import Sequence

from shared.db.filters import FilterSql
from shared.usecases.ports import DocumentField

MOMENTS = frozenset({"created_on", "modified_on"})


def document_sql(fields: Sequence[DocumentField], sql: FilterSql) -> str:
    """Return SQL for a JSON object with these members, in this order, as text."""
    members = (f"{sql.parameter(field.name, 'text')}, {_shown(field, sql)}" for field in fields)
    return f"json_build_object({', '.join(members)})::text"


def _shown(field: DocumentField, sql: FilterSql) -> str:
    if field.attribute in MOMENTS:
        zone = '"Z"' if field.zoned else ""
        return f"to_char({field.attribute}, 'YYYY-MM-DD\"T\"HH24:MI:SS{zone}')"
    return sql.attribute(field.attribute)
