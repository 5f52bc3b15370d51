"""What a filter's tree says of one row, in plain Python: the reference that SQL is held against.

Strings are counted, cut and ordered by code points, and their case changes by Unicode's simple
mapping, one character for one. `substring` takes a negative start or length for 0. `round` goes
away from zero at the middle. `any` and `all` are true or false: null counts as not true. Numbers
are exact to 200 digits, so that only a quotient that never ends is rounded.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any

from shared.domain import expression as e

WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What `trim` takes off: Unicode's White_Space."""

_EXACT = Context(prec=200)
_MICROSECOND = timedelta(microseconds=1)

Row = Mapping[str, Any]
"""By column: its value or None; `tags` and `categories` have lists."""


def evaluate(node: e.Node, row: Row) -> bool | None:
    """Return whether a BOOLEAN tree is true of a row; the row is selected if it is."""
    value = _value(node, row, ())
    assert value is None or isinstance(value, bool)
    return value


def _value(node: e.Node, row: Row, tags: tuple[str, ...]) -> Any:
    """Return the value of any node; `tags` are those of the lambdas around it."""
    match node:
        case e.Constant():
            return node.value
        case e.Column():
            return row[node.name]
        case e.Tag():
            return tags[node.depth]
        case e.Call(function=("tag_count" | "category_count") as count):
            return len(row["tags" if count == "tag_count" else "categories"])
        case e.Quantified():
            return _quantified(node, row, tags)
    return _RULES[type(node)](node, [_value(each, row, tags) for each in _operands(node)])


def _operands(node: e.Node) -> tuple[e.Node, ...]:
    match node:
        case e.Compare() | e.Calculate():
            return node.left, node.right
        case e.Member():
            return node.operand, *node.constants
        case e.Logic() | e.Call():
            return node.operands
    raise AssertionError(node)


def _quantified(node: e.Quantified, row: Row, tags: tuple[str, ...]) -> bool:
    if node.predicate is None:
        return bool(row[node.collection])
    assert node.depth == len(tags)
    found = [_value(node.predicate, row, (*tags, tag)) is True for tag in row[node.collection]]
    return any(found) if node.quantifier == "any" else all(found)


def _compare(operator: str, left: Any, right: Any) -> bool:
    """Compare; null equals null alone, and is neither less nor greater than anything."""
    if left is None or right is None:
        equal, less, greater = left is right, False, False
    else:
        equal, less, greater = left == right, left < right, left > right
    return {
        "eq": equal,
        "ne": not equal,
        "lt": less,
        "le": less or equal,
        "gt": greater,
        "ge": greater or equal,
    }[operator]


def _logic(operator: str, values: list[bool | None]) -> bool | None:
    if operator == "not":
        return None if values[0] is None else not values[0]
    decisive = operator == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _calculate(operator: str, left: Any, right: Any, type_: e.Type) -> Any:
    if left is None or right is None:
        return None
    if operator.startswith("div") or operator == "mod":
        return None if right == 0 else _divide(operator, left, right, type_)
    if operator == "mul":
        return _multiply(left, right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        right = Decimal(right) if operator == "add" else Decimal(right).copy_negate()
        return _EXACT.add(Decimal(left), right)
    return left + right if operator == "add" else left - right


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(right, timedelta):
        left, right = right, left
    if isinstance(left, timedelta):
        return _duration(_EXACT.multiply(Decimal(left // _MICROSECOND), Decimal(right)))
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return _EXACT.multiply(Decimal(left), Decimal(right))


def _divide(operator: str, left: Any, right: Any, type_: e.Type) -> Any:
    if isinstance(left, timedelta):
        return _duration(_EXACT.divide(Decimal(left // _MICROSECOND), Decimal(right)))
    if operator == "mod":
        rest = _EXACT.remainder(Decimal(left), Decimal(right))
        return int(rest) if type_ is e.Type.INTEGER else rest
    if type_ is e.Type.INTEGER:
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return _EXACT.divide(Decimal(left), Decimal(right))


def _duration(microseconds: Decimal) -> timedelta:
    return timedelta(microseconds=int(_EXACT.to_integral_value(microseconds)))


def _lower(text: str) -> str:
    return "".join("i" if c == "\u0130" else c.lower() for c in text)


def _upper(text: str) -> str:
    return "".join(map(_upper_of, text))


def _upper_of(character: str) -> str:
    for upper in (character.upper(), character.title()):
        if len(upper) == 1:
            return upper
    return character


def _substring(text: str, start: int, length: int | None = None) -> str:
    start = max(start, 0)
    return text[start:] if length is None else text[start : start + max(length, 0)]


def _rounded(rounding: str) -> Callable[[Decimal], Decimal]:
    return lambda number: number.to_integral_value(rounding=rounding, context=_EXACT)


def _part(name: str) -> Callable[[date], int]:
    return lambda time: int(getattr(_utc(time), name))


def _utc(time: date) -> date:
    return time.astimezone(UTC) if isinstance(time, datetime) else time


def _date(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "tolower": _lower,
    "toupper": _upper,
    "trim": lambda text: text.strip(WHITE_SPACE),
    "length": len,
    "indexof": lambda text, part: text.find(part),
    "substring": _substring,
    "concat": lambda left, right: left + right,
    "year": _part("year"),
    "month": _part("month"),
    "day": _part("day"),
    "hour": _part("hour"),
    "minute": _part("minute"),
    "second": _part("second"),
    "date": _date,
    "moment": _moment,
    "round": _rounded(ROUND_HALF_UP),
    "floor": _rounded(ROUND_FLOOR),
    "ceiling": _rounded(ROUND_CEILING),
    "negate": lambda value: value.copy_negate() if isinstance(value, Decimal) else -value,
}

_RULES: dict[type, Callable[[Any, list[Any]], Any]] = {
    e.Compare: lambda node, values: _compare(node.operator, *values),
    e.Member: lambda _, values: any(_compare("eq", values[0], each) for each in values[1:]),
    e.Logic: lambda node, values: _logic(node.operator, values),
    e.Calculate: lambda node, values: _calculate(node.operator, values[0], values[1], node.type),
    e.Call: lambda node, values: None if None in values else _FUNCTIONS[node.function](*values),
}
