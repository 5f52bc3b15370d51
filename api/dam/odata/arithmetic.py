"""Calculation: which types it takes and what it gives (Part 2, 5.1.1.2)."""

from datetime import datetime, timedelta
from decimal import Decimal

from api.dam.odata.literals import NULL, of_decimal, of_integer
from api.dam.odata.operand import NAMES, Operand, TypingError
from api.dam.odata.promotion import NUMBERS, as_duration, as_moment, is_text
from api.dam.odata.times import MAX_DURATION
from shared.domain.expression import Arithmetic, Calculate, Call, Constant, Node, Type

ARITHMETIC: dict[str, Arithmetic] = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "divby": "divby", "mod": "mod",
}  # fmt: skip

_D, _M, _T = Type.DURATION, Type.MOMENT, Type.DATE
_RESULTS: dict[tuple[str, Type, Type], Type] = {
    ("add", _M, _D): _M, ("add", _T, _D): _T, ("add", _D, _D): _D,
    ("sub", _M, _D): _M, ("sub", _T, _D): _T, ("sub", _D, _D): _D,
    ("sub", _M, _M): _D, ("sub", _T, _T): _D, ("sub", _M, _T): _D, ("sub", _T, _M): _D,
    **{
        (operator, left, right): Type.INTEGER
        if operator != "divby" and left is right is Type.INTEGER
        else Type.DECIMAL
        for operator in ARITHMETIC for left in NUMBERS for right in NUMBERS
    },
    **{(operator, _D, number): _D for operator in ("mul", "div", "divby") for number in NUMBERS},
    **{("mul", number, _D): _D for number in NUMBERS},
}  # fmt: skip
"""What an operator gives for its operands' types; what is not here is an error."""


def calculate(operator: Arithmetic, left: Operand, right: Operand) -> Node:
    """Return the calculation, or its result where that is plain; with null it is null."""
    left, right = _durations(operator, left, right)
    type_ = _result(operator, left, right)
    if left.is_null or right.is_null:
        return NULL if type_ is Type.NULL else Constant(None, type_)
    operands = as_moment(left.node), as_moment(right.node)
    if (constant := _folded(operator, *operands, right.at)) is None:
        taken = Type.MOMENT if type_ is Type.DATE else type_
        node: Node = Calculate(operator, *operands, taken)
    else:
        node = constant
    return _day_of(node) if type_ is Type.DATE else node


def negate(operand: Operand) -> Node:
    """Return the number or duration with the other sign (5.1.1.2.3)."""
    match operand.node:
        case Constant(value=None, type=type_) if type_ in {*NUMBERS, _D, Type.NULL}:
            return operand.node
        case Constant(value=int() as number, type=Type.INTEGER):
            return of_integer(-number)
        case Constant(value=Decimal() as number):
            return of_decimal(number.copy_negate())
        case Constant(value=timedelta() as duration):
            return Constant(-duration, _D)
        case node if node.type in {*NUMBERS, _D}:
            return Call("negate", (node,), node.type)
        case node:
            raise TypingError(
                f"- takes a number or a duration, and here is {NAMES[node.type]}", operand.at
            )


def _durations(operator: str, left: Operand, right: Operand) -> tuple[Operand, Operand]:
    """Read a string literal as a duration where only one can stand."""
    if operator in {"add", "sub"} and is_text(right.node) and left.node.type in {_D, _M, _T}:
        return left, right._replace(node=as_duration(right))
    return left, right


def _result(operator: str, left: Operand, right: Operand) -> Type:
    """Return the type of the result; null leaves open what it could be of."""
    found = _RESULTS.get((operator, left.node.type, right.node.type))
    if found is not None:
        return found
    possible = {
        result
        for (name, *types), result in _RESULTS.items()
        if name == operator
        and all(
            operand.node.type in {type_, Type.NULL}
            for operand, type_ in zip((left, right), types, strict=True)
        )
    }
    if not possible:
        raise TypingError(_refusal(operator, left, right), right.at)
    if len(possible) == 1:
        return possible.pop()
    return Type.INTEGER if possible <= set(NUMBERS) else Type.NULL


def _refusal(operator: str, left: Operand, right: Operand) -> str:
    pair = f"{NAMES[left.node.type]} and {NAMES[right.node.type]}"
    if operator == "add" and (left.node.type, right.node.type) in {(_D, _M), (_D, _T)}:
        return f"add takes the duration second, and here are {pair}"
    return f"{operator} does not take {pair}"


def _folded(operator: str, left: Node, right: Node, at: int) -> Constant | None:
    """Return the result where both sides are constant times: `now() sub duration'P7D'`."""
    if not (isinstance(left, Constant) and isinstance(right, Constant)):
        return None
    moved = right.value
    if not isinstance(moved, timedelta | datetime) or operator not in {"add", "sub"}:
        return None
    try:
        value = _moved(left.value, moved, operator)
    except OverflowError:
        raise TypingError(f"this {operator} leaves the years 0001 to 9999", at) from None
    return Constant(value, _D if isinstance(value, timedelta) else _M)


def _moved(start: object, by: timedelta | datetime, operator: str) -> object:
    if isinstance(start, datetime) and isinstance(by, datetime):
        return start - by
    if isinstance(start, datetime) and isinstance(by, timedelta):
        return start + by if operator == "add" else start - by
    if isinstance(start, timedelta) and isinstance(by, timedelta):
        total = start + by if operator == "add" else start - by
        if abs(total) <= MAX_DURATION:
            return total
    raise OverflowError


def _day_of(node: Node) -> Node:
    """Return the date of a moment, as adding a duration to a date cuts the time off."""
    if isinstance(node, Constant):
        return Constant(node.value.date() if isinstance(node.value, datetime) else None, _T)
    return Call("date", (node,), _T)
