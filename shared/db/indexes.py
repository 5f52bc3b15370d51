"""What the indexes of `images` can do for a list: the one place that knows what stands in them."""

from collections.abc import Sequence
from typing import NamedTuple

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


class Bands(NamedTuple):
    """How indexes divide the values of an order: the SQL of a value's band, and to the next one."""

    template: str
    step: str

    def of(self, value: str) -> str:
        """Return the SQL of a value's band."""
        return self.template.format(value)


BANDS = {
    "created_on": Bands("date_bin('30 days', {}, 'epoch')", "30 days"),
    "num_links": Bands("links_band({})", "1"),
    "size_in_bytes": Bands("size_band({})", "1"),
}
"""GIN indexes have those in which an image lies, beside what it is filtered by."""

DAYS = Bands("date_bin('1 day', {}, 'epoch')", "1 day")
"""Of its creation, which they have too."""

BEGINNINGS = Bands("date_bin('720 hours', {}, 'epoch')", "30 days")
"""The same thirty days as the index of beginnings knows them: nothing else shall be asked of it."""


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


def is_banded(query: PageQuery) -> bool:
    """Whether the filter's indexes have the bands of the order."""
    wanted, deleted = query.selection.filter, query.selection.deleted
    if wanted is None or deleted or not is_indexed(query.order):
        return False
    return query.order[0][0].name in BANDS and _has_parts(wanted)


def is_range(query: PageQuery) -> bool:
    """Whether what passes stands together in a B-tree: to find it costs next to nothing."""
    return not query.selection.deleted and _compares_names(query, "startswith", "endswith")


def is_beginning(query: PageQuery) -> bool:
    """Whether all that is asked is how names begin."""
    return _compares_names(query, "startswith")


def _compares_names(query: PageQuery, *functions: str) -> bool:
    match query.selection.filter:
        case Call(function, (Column("reference"), Constant())):
            return function in functions
        case _:
            return False


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
