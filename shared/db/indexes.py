"""What the indexes of `images` can do for a list: the one place that knows what stands in them."""

from collections.abc import Sequence

from shared.db.filters import equal_to
from shared.domain.expression import (
    Calculate,
    Call,
    Column,
    Compare,
    Constant,
    Logic,
    Member,
    Node,
    Quantified,
    Words,
)
from shared.domain.order import Key
from shared.usecases.lists_ports import PageQuery

SELECTIVE = frozenset({"id", "uid", "reference", "sha256"})
"""Of what equals one of these there are few, and an index finds them."""

COVERING = frozenset({"created_on", "num_links", "size_in_bytes", "status", "file_type"})
"""The index of each of these has the others and `id` too: Postgres need not look at the images."""

INDEXED = COVERING | {"id", "reference", "modified_on"}


def month_of(moment: str) -> str:
    """Return the SQL of thirty days: GIN indexes have those in which an image was created."""
    return f"date_bin('30 days', {moment}, 'epoch')"


def day_of(moment: str) -> str:
    """Return the SQL of a day, which they have too."""
    return f"date_bin('1 day', {moment}, 'epoch')"


def names_few(node: Node) -> bool:
    """Whether a filter can hold for a few images at most: it equals something selective."""
    match node:
        case Logic("and", operands):
            return any(map(names_few, operands))
        case Compare("eq", Column(name), Constant(value)) | Compare(
            "eq", Constant(value), Column(name)
        ):
            return name in SELECTIVE and value is not None
        case _:
            return False


def is_indexed(order: Sequence[Key]) -> bool:
    """Whether an index walks in this order: by one column, and then by `id` the same way."""
    (first, descends), *rest = order
    by_id = not rest or (rest[0][0].name == "id" and rest[0][1] == descends)
    return first.name in INDEXED and len(rest) <= 1 and by_id


def is_dated(query: PageQuery) -> bool:
    """Whether the order is by creation, and the filter's indexes have its days."""
    wanted, deleted = query.selection.filter, query.selection.deleted
    if wanted is None or deleted or not is_indexed(query.order):
        return False
    return query.order[0][0].name == "created_on" and _has_parts(wanted)


def _has_parts(node: Node) -> bool:
    """Whether GIN indexes find what passes: parts of references, tags, words."""
    match node:
        case Logic("and", operands):
            return any(map(_has_parts, operands))
        case Logic("or", operands):
            return all(map(_has_parts, operands))
        case Call("contains" | "startswith" | "endswith", (Column("reference"), Constant())):
            return True
        case Call("contains" | "endswith", (Call("tolower" | "toupper", (name,)), Constant())):
            return isinstance(name, Column) and name.name == "reference"
        case Quantified(quantifier="any", collection="tags"):
            return equal_to(node) is not None
        case _:
            return isinstance(node, Words)


def is_covered(query: PageQuery) -> bool:
    """Whether the order's index has all that the filter looks at; none has deleted images."""
    wanted, deleted = query.selection.filter, query.selection.deleted
    if wanted is None or deleted:
        return False
    return query.order[0][0].name in COVERING and _has(wanted)


def _has(node: Node) -> bool:
    match node:
        case Column(name):
            return name in COVERING or name == "id"
        case Compare(_, left, right) | Calculate(_, left, right):
            return _has(left) and _has(right)
        case Member(operand):
            return _has(operand)
        case Logic(_, operands) | Call(_, operands):
            return bool(operands) and all(map(_has, operands))
        case _:
            return isinstance(node, Constant)
