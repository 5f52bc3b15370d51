"""A filter's tree to SQL: values only ever travel as parameters."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from shared.db.collections import any_of, has_some, rows_of
from shared.db.functions import CALCULATIONS, FUNCTIONS, TRUTHS
from shared.db.patterns import pattern_match
from shared.db.words import found, found_by_index
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
    Tag,
    Type,
    Words,
)

SQL_TYPES = {
    Type.STRING: "text",
    Type.BOOLEAN: "boolean",
    Type.INTEGER: "bigint",
    Type.DECIMAL: "numeric",
    Type.MOMENT: "timestamptz",
    Type.DATE: "date",
    Type.GUID: "uuid",
    Type.DURATION: "interval",
}

KEY_OF_URL = {
    "original_url": "original_key",
    "thumbnail_url": "thumbnail_key",
    "thumbnail_medium_url": "thumbnail_medium_key",
    "thumbnail_preview_url": "thumbnail_preview_key",
    "thumbnail_square_url": "thumbnail_square_key",
    "watermark_medium_url": "watermark_medium_key",
    "watermark_preview_url": "watermark_preview_key",
}
OBJECTS = {"metadata": "(metadata - 'gps')", "gps": "(metadata -> 'gps')"}
"""Where a picture was taken is no part of its metadata: only those get it who ask for it."""

HASHES = frozenset({"sha256", "md5"})
_HEX = re.compile(r"(?:[0-9a-f]{2})+\Z")

TAKEN_FOR_INFINITY = {
    *(date.min, date.max),
    *(end.replace(tzinfo=UTC) for end in (datetime.min, datetime.max)),  # noqa: DTZ901 in UTC
}
"""By asyncpg: these are sent as texts."""

OPERATORS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
NEGATED = {"eq": "ne", "ne": "eq"}


@dataclass(slots=True)
class FilterSql:
    """Makes SQL and collects its parameters, after those that are in `args` already.

    `by_index` says things twice where an index knows them in another form; `for_any` computes what
    no row changes once, where a plan is made for any value and would compute it for each row.
    """

    cdn_base: str = ""
    args: list[object] = field(default_factory=list)
    by_index: bool = False
    for_any: bool = False
    _base_parameter: str | None = field(default=None, init=False)

    def attribute(self, name: str) -> str:
        """Return the SQL of an image's attribute."""
        if name in KEY_OF_URL:
            return f"({self._base()} || {path_of_key(KEY_OF_URL[name])})"
        return OBJECTS.get(name) or (f"encode({name}, 'hex')" if name in HASHES else name)

    def holds(self, node: Node) -> str:  # noqa: PLR0911 one case for each kind an index serves
        """Return SQL that is true where the node is; null may stand for false.

        Plain operators that an index serves can stand only here, where null and false are alike.
        """
        match node:
            case Logic(operator="and", operands=operands) if self.by_index:
                return self._all_hold(operands)
            case Logic(operator="and" | "or", operands=operands):
                return self._joined(node.operator, operands, self.holds)
            case Compare() if _has_constant(node):
                return self._plain(node)
            case Member():
                return self._member(node)
            case Call(function=("contains" | "startswith" | "endswith"), operands=operands):
                return pattern_match(node.function, operands, self) or self.value(node)
            case Quantified():
                return self._quantified(node)
            case Words(text=text):
                return found_by_index([text], self) if self.by_index else found(text, self)
            case _:
                return self.value(node)

    def value(self, node: Node) -> str:  # noqa: C901, PLR0911 one case for each kind of node
        """Return SQL whose value is the node's, null included."""
        match node:
            case Constant():
                return self.constant(node)
            case Column(name=name):
                return self.attribute(name)
            case Words(text=text):
                return found(text, self, "COALESCE(locale_words, '')")
            case Tag(depth=depth):
                return f"tag{depth}.value"
            case Compare():
                return self._exact(node)
            case Member():
                return f"COALESCE({self._member(node)}, FALSE)"
            case Logic(operator="not", operands=(operand,)):
                return f"(NOT {self.value(operand)})"
            case Logic(operands=operands):
                return self._joined(node.operator, operands, self.value)
            case Calculate():
                return CALCULATIONS[node.operator](self.value, node)
            case Call(operands=operands):
                return FUNCTIONS[node.function](*map(self.value, operands))
            case Quantified():
                return self._quantified(node)

    def constant(self, constant: Constant) -> str:
        """Return a parameter for a value."""
        if constant.value is None:
            return f"NULL::{SQL_TYPES.get(constant.type, 'text')}"
        return self._literal(constant.value, constant.type)

    def _literal(self, value: object, type_: Type, several: str = "") -> str:
        """Return a parameter for a value, or `several`: ` []`."""
        wanted = SQL_TYPES[type_] + several
        values = value if isinstance(value, list) else [value]
        if TAKEN_FOR_INFINITY.isdisjoint(values):
            return self.parameter(value, wanted)
        texts = list(map(str, values))
        return f"{self.parameter(texts if several else texts[0], f'text{several}')}::{wanted}"

    def parameter(self, value: object, sql_type: str) -> str:
        """Return the next `$n`, cast to its type."""
        self.args.append(value)
        return f"${len(self.args)}::{sql_type}"

    def _base(self) -> str:
        """Return the parameter of the addresses' beginning, one for all of a statement."""
        if self._base_parameter is None:
            self._base_parameter = self.parameter(self.cdn_base, "text")
        return self._base_parameter

    def _all_hold(self, operands: Sequence[Node]) -> str:
        """Join conditions; words are looked for all together."""
        words = [node.text for node in operands if isinstance(node, Words)]
        conditions = [self.holds(node) for node in operands if not isinstance(node, Words)]
        if words:
            conditions.append(found_by_index(words, self))
        return f"({' AND '.join(conditions)})"

    def _joined(
        self, operator: str, operands: tuple[Node, ...], make: Callable[[Node], str]
    ) -> str:
        return "(" + f" {operator.upper()} ".join(map(make, operands)) + ")"

    def _plain(self, node: Compare) -> str:
        """Compare with a constant; a null on the other side gives null or false."""
        if _is_null(node.left) or _is_null(node.right):
            other = node.right if _is_null(node.left) else node.left
            wanted = {"eq": "IS NULL", "le": "IS NULL", "ge": "IS NULL", "ne": "IS NOT NULL"}
            condition = wanted.get(node.operator)
            return f"({self.value(other)} {condition})" if condition else "FALSE"
        match node:
            case Compare("eq", Column(name), Constant(value=str() as text)) | Compare(
                "eq", Constant(value=str() as text), Column(name)
            ) if name in HASHES:
                return f"({name} = ANY({self.parameter(_digests([text]), 'bytea []')}))"
        left, right = self._sides(node)
        if node.operator == "ne":
            return f"({left} IS DISTINCT FROM {right})"
        return f"({left} {OPERATORS[node.operator]} {right})"

    def _exact(self, node: Compare) -> str:
        """Compare any two values; never null."""
        if _is_null(node.left) or _is_null(node.right):
            return self._plain(node)
        left, right = self._sides(node)
        match node.operator:
            case "eq":
                return f"({left} IS NOT DISTINCT FROM {right})"
            case "ne":
                return f"({left} IS DISTINCT FROM {right})"
            case "lt" | "gt":
                return f"COALESCE({left} {OPERATORS[node.operator]} {right}, FALSE)"
            case _ if node.left.type is Type.BOOLEAN:
                return TRUTHS[node.operator](left, right)
            case _:
                both = f"{left} IS NULL AND {right} IS NULL"
                return f"COALESCE({left} {OPERATORS[node.operator]} {right}, {both})"

    def _sides(self, node: Compare) -> tuple[str, str]:
        """Return both operands; strings are ordered by code point, wherever the database is."""
        left, right = self.value(node.left), self.value(node.right)
        ordered = node.operator not in NEGATED and Type.STRING in {node.left.type, node.right.type}
        return (f'{left} COLLATE "C"', f'{right} COLLATE "C"') if ordered else (left, right)

    def _member(self, node: Member) -> str:
        operand = self.value(node.operand)
        values = [constant.value for constant in node.constants if constant.value is not None]
        has_null = len(values) < len(node.constants)
        if has_null and not values:
            return f"({operand} IS NULL)"
        if isinstance(node.operand, Column) and node.operand.name in HASHES:
            found = f"{node.operand.name} = ANY({self.parameter(_digests(values), 'bytea []')})"
        else:
            found = f"{operand} = ANY({self._literal(values, _common_type(node), ' []')})"
        if has_null and node.operand.type is Type.BOOLEAN:
            return f"COALESCE({found}, TRUE)"  # which names an operand once that may hold others
        return f"({found} OR {operand} IS NULL)" if has_null else f"({found})"

    def _quantified(self, node: Quantified) -> str:
        rows = rows_of(node.collection, node.depth)
        if node.predicate is None:
            return has_some(node.collection, node.depth)
        if node.quantifier == "all":
            return f"(NOT EXISTS (SELECT {rows} AND {self.value(node.predicate)} IS NOT TRUE))"
        if (wanted := equal_to(node)) is not None:
            return any_of(node.collection, node.depth, wanted, self.parameter)
        return f"(EXISTS (SELECT {rows} AND {self.holds(node.predicate)}))"


def _has_constant(node: Compare) -> bool:
    return isinstance(node.left, Constant) or isinstance(node.right, Constant)


def _is_null(node: Node) -> bool:
    return isinstance(node, Constant) and node.value is None


def _digests(texts: Sequence[object]) -> list[bytes]:
    """Return those of the texts that can be a hash: an index has the bytes, not the digits."""
    return [bytes.fromhex(text) for text in texts if isinstance(text, str) and _HEX.match(text)]


def _common_type(node: Member) -> Type:
    types = {constant.type for constant in node.constants} - {Type.NULL}
    if Type.DECIMAL in types:
        return Type.DECIMAL
    return types.pop() if types else node.operand.type


def equal_to(node: Quantified) -> list[object] | None:
    """Return what an index can look for: `t eq 'a'` or `t in ('a', 'b')`."""
    tag = Tag(node.depth)
    match node.predicate:
        case Compare("eq", left, Constant(value=str() as wanted)) if left == tag:
            return [wanted]
        case Compare("eq", Constant(value=str() as wanted), right) if right == tag:
            return [wanted]
        case Member(operand, constants) if operand == tag:
            return [constant.value for constant in constants if constant.value is not None]
        case _:
            return None


def path_of_key(key: str) -> str:
    """Return the SQL of a key percent-encoded; to look whether it has to be takes longest."""
    return f"CASE WHEN plain_keys THEN {key} ELSE url_path({key}) END"
