"""The SQL of what an image has several of: its tags, and the categories in which it is filed.

Rows have one column, `value`, which is text; no name of a column is one of an image's, so that
what stands around a row of an image still means that image.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from shared.domain.expression import Collection

FILED = (
    "(SELECT f.tenant_id AS of_tenant, f.image_id AS of_image, f.category_id AS filed_in,"
    " f.category_id::text AS value FROM image_categories AS f JOIN categories AS c"
    " ON c.tenant_id = f.tenant_id AND c.id = f.category_id WHERE c.deleted_at IS NULL)"
)
"""What is filed in categories that are not deleted."""


def rows_of(collection: Collection, depth: int) -> str:
    """Return `FROM …` for one image's, as `tag{depth}`, up to a condition that may be added to."""
    name = f"tag{depth}"
    if collection == "tags":
        return f"FROM unnest(tags) AS {name} (value) WHERE TRUE"
    return f"FROM {FILED} AS {name} WHERE {name}.of_tenant = tenant_id AND {name}.of_image = id"


def has_some(collection: Collection, depth: int) -> str:
    """Return whether an image has any."""
    if collection == "tags":
        return "(cardinality(tags) > 0)"
    return f"(EXISTS (SELECT {rows_of(collection, depth)}))"


def any_of(
    collection: Collection,
    depth: int,
    wanted: Sequence[object],
    parameter: Callable[[object, str], str],
) -> str:
    """Return whether an image has one of these, in a way that an index serves."""
    if collection == "tags":
        return f"(tags && {parameter(wanted, 'text []')})"
    ids = parameter(_ids(wanted), "uuid []")
    return f"(EXISTS (SELECT {rows_of(collection, depth)} AND tag{depth}.filed_in = ANY({ids})))"


def _ids(texts: Sequence[object]) -> list[UUID]:
    """Return those of the texts that are ids as they are shown."""
    found = []
    for text in texts:
        try:
            known = UUID(str(text))
        except ValueError:
            continue
        if str(known) == text:
            found.append(known)
    return found
