"""What the indexes of `images` can do for a list: the one place that knows what stands in them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shared.db.filters import equal_to
from shared.db.patterns import has_trigram
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

NAMING = frozenset({"created_on", "num_links", "size_in_bytes"})
"""The index of each of these has the references, too."""

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
        case Logic("or", operands):
            return all(map(names_few, operands))
        case Compare("eq", Column(name), Constant(value)) | Compare(
            "eq", Constant(value), Column(name)
        ):
            return name in SELECTIVE and value is not None
        case Member(Column(name), constants):
            return name in SELECTIVE and all(one.value is not None for one in constants)
        case _:
            return False


def is_indexed(order: Sequence[Key]) -> bool:
    """Whether an index walks in this order: by one column, and then by `id` the same way."""
    (first, descends), *rest = order
    by_id = not rest or (rest[0][0].name == "id" and rest[0][1] == descends)
    return first.name in INDEXED and len(rest) <= 1 and by_id


def is_banded(query: PageQuery) -> bool:
    """Whether to look for what passes band by band is quick, by the filter's own indexes.

    Bands of creation are parts of an index's lists; those of links and of sizes are spread all over
    them, so that with two lists, or a name's many, each band costs as much as all together. Where
    few links come first, most images are in the first band.
    """
    wanted, deleted = query.selection.filter, query.selection.deleted
    if wanted is None or deleted or not is_indexed(query.order):
        return False
    (column, descends), *_ = query.order
    if column.name == "num_links" and not descends:
        return False
    lists = _lists(wanted)
    return column.name in BANDS and (lists == 1 or (lists > 1 and column.name == "created_on"))


def has_lists(query: PageQuery) -> bool:
    """Whether what passes stands in several lists at once: to gather it is to read them all."""
    wanted = query.selection.filter
    return wanted is not None and _lists(wanted) > 1


def is_walked(query: PageQuery) -> bool:
    """Whether names are looked at in a way that no GIN index serves."""
    wanted = query.selection.filter
    return is_named(query) and not is_range(query) and wanted is not None and not _lists(wanted)


def ranges_of(node: Node | None) -> list[Node]:
    """Return what must hold by itself, and stands together in some B-tree."""
    match node:
        case Logic("and", operands):
            return [found for operand in operands for found in ranges_of(operand)]
        case Logic("or", operands):
            return [node] if all(map(ranges_of, operands)) else []
        case Compare(operator, Column(name), Constant()) | Compare(
            operator, Constant(), Column(name)
        ):
            return [node] if name in INDEXED and operator != "ne" else []
        case Member(Column(name)):
            return [node] if name in INDEXED else []
        case Call("startswith" | "endswith", (Column("reference"), Constant())):
            return [node]
        case _:
            return []


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


def _lists(node: Node) -> int:
    """Return in how many lists of GIN indexes what passes is found, about; 0 where it is not."""
    match node:
        case Logic("and", operands):
            return sum(map(_lists, operands))
        case Logic("or", operands):
            return sum(map(_lists, operands)) if all(map(_lists, operands)) else 0
        case Call("contains" | "startswith" | "endswith", (name, Constant(part))):
            return _words(part) if _has_letters(name) and has_trigram(str(part)) else 0
        case Quantified(quantifier="any", collection="tags"):
            return int(equal_to(node) is not None)
        case Words(text=text):
            return _words(text)
        case _:
            return 0


def _has_letters(node: Node) -> bool:
    """Whether an index knows the letters: those of references, small or capital."""
    match node:
        case Call("tolower" | "toupper", (Column("reference"),)) | Column("reference"):
            return True
        case _:
            return False


def _words(text: object) -> int:
    """Return of how many words a text is: a part of a name is looked for by the letters of each."""
    return max(1, len(re.findall(r"[^\W_]+", str(text))))


def is_covered(query: PageQuery) -> bool:
    """Whether the order's index has all that the filter looks at; none has deleted images."""
    return _is_within(query, COVERING, COVERING)


def is_kept(query: PageQuery) -> bool:
    """Whether an index has all that is filtered and sorted by, and only to walk it finds that.

    To read the images besides was measured to take four times as long.
    """
    wanted, known = query.selection.filter, COVERING | {"id", "reference"}
    if wanted is None or query.selection.deleted or is_range(query) or _lists(wanted):
        return False
    return _has(wanted, known) and all(column.name in known for column, _ in query.order)


def is_named(query: PageQuery) -> bool:
    """Whether it has all of it and the filter looks at references, of which plans know little."""
    return not is_covered(query) and _is_within(query, NAMING, COVERING | {"reference"})


def _is_within(query: PageQuery, orders: frozenset[str], columns: frozenset[str]) -> bool:
    wanted, deleted = query.selection.filter, query.selection.deleted
    if wanted is None or deleted:
        return False
    return query.order[0][0].name in orders and _has(wanted, columns | {"id"})


def _has(node: Node, columns: frozenset[str]) -> bool:
    match node:
        case Column(name):
            return name in columns
        case Compare(_, left, right) | Calculate(_, left, right):
            return _has(left, columns) and _has(right, columns)
        case Member(operand):
            return _has(operand, columns)
        case Logic(_, operands) | Call(_, operands):
            return bool(operands) and all(_has(operand, columns) for operand in operands)
        case _:
            return isinstance(node, Constant)
