"""Filters as one typed tree: what a query language is parsed to and SQL is made from.

Whoever builds a tree answers for its types: each node's operands have the types that its operator
takes, and numbers and times were promoted. Null is a value of every type. Truth is three-valued: a
comparison is never null (`eq` finds null equal to null alone; `lt` and `gt` are false for null), a
function or an arithmetic operator of null is null, `and`, `or` and `not` follow Kleene, and a row
is selected where the whole is true.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias


class Type(Enum):
    """What a value can be. Times are UTC; GUID holds a UUID, DURATION a timedelta.

    Nothing can be done with an OBJECT but to show it.
    """

    STRING = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    DECIMAL = auto()
    MOMENT = auto()
    DATE = auto()
    GUID = auto()
    DURATION = auto()
    NULL = auto()
    OBJECT = auto()


@dataclass(frozen=True, slots=True)
class Constant:
    """A value of Python that fits its type: str, bool, int, Decimal, datetime, UUID, timedelta."""

    value: object
    type: Type


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an image, which may be null."""

    name: str
    type: Type


Collection: TypeAlias = Literal["tags", "categories"]
"""What an image has several of; a category is known by its id, in small letters."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The tag, or category, at which the enclosing `Quantified` looks.

    `depth` counts from the outermost, 0.
    """

    depth: int
    type: Type = Type.STRING


Comparison: TypeAlias = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Arithmetic: TypeAlias = Literal["add", "sub", "mul", "div", "divby", "mod"]
Function: TypeAlias = Literal[
    "contains", "startswith", "endswith", "tolower", "toupper", "trim", "length", "indexof",
    "substring", "concat", "year", "month", "day", "hour", "minute", "second", "date",
    "round", "floor", "ceiling", "negate", "moment", "tag_count", "category_count",
]  # fmt: skip
"""`moment` makes a DATE its midnight, UTC; the counts have no operands.

Strings are counted in code points, from 0; `substring` takes a negative start or length for 0.
"""


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands of one type, or INTEGER and DECIMAL, or one the constant null."""

    operator: Comparison
    left: "Node"
    right: "Node"
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Member:
    """Whether the operand equals (as `eq`) one of the constants."""

    operand: "Node"
    constants: tuple[Constant, ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` and `or` of two or more, `not` of one."""

    operator: Literal["and", "or", "not"]
    operands: tuple["Node", ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Calculate:
    """Numbers, or a MOMENT and a DURATION. `div` of integers and `mod` cut towards zero.

    What is divided by zero is null.
    """

    operator: Arithmetic
    left: "Node"
    right: "Node"
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its operands."""

    function: Function
    operands: tuple["Node", ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Quantified:
    """Whether the predicate holds for one of a collection, or for all; `any` may have none."""

    quantifier: Literal["any", "all"]
    depth: int
    predicate: "Node | None"
    collection: Collection = "tags"
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Words:
    """Whether what is said of an image holds these words, in this order.

    That is reference, tags, title, alt, caption and metadata, or the locales. Case and accents do
    not count; a word is a run of letters and digits.
    """

    text: str
    type: Type = Type.BOOLEAN


Node: TypeAlias = (
    Constant | Column | Tag | Compare | Member | Logic | Calculate | Call | Quantified | Words
)
