"""What becomes what where operands of two types meet (Part 2, 5.1.1.18 Numeric Promotion)."""

from datetime import UTC, date, datetime

from api.dam.odata.literals import duration_of
from api.dam.odata.operand import NAMES, Operand, TypingError
from api.dam.odata.times import LiteralError
from shared.domain.expression import Call, Constant, Node, Type

NUMBERS = (Type.INTEGER, Type.DECIMAL)
_TIMES = (Type.DATE, Type.MOMENT)
_QUOTED = {Type.MOMENT, Type.DATE, Type.GUID, Type.INTEGER, Type.DECIMAL, Type.BOOLEAN}


def pair(left: Operand, right: Operand, doing: str) -> tuple[Node, Node]:
    """Return two operands so that they can be compared.

    A date next to a date-time becomes its midnight, and a string literal next to a duration is one.
    """
    types = left.node.type, right.node.type
    if types[0] is types[1] or Type.NULL in types or (types[0] in NUMBERS and types[1] in NUMBERS):
        return left.node, right.node
    if types[0] in _TIMES and types[1] in _TIMES:
        return as_moment(left.node), as_moment(right.node)
    if types[0] is Type.DURATION and is_text(right.node):
        return left.node, as_duration(right)
    if types[1] is Type.DURATION and is_text(left.node):
        return as_duration(left), right.node
    at_fault = left if isinstance(left.node, Constant) else right
    raise TypingError(
        f"{doing} takes two values of one type, and here are {NAMES[types[0]]} and "
        f"{NAMES[types[1]]}{_quotes_hint(left, right)}",
        at_fault.at,
    )


def as_moment(node: Node) -> Node:
    """Return a date's midnight in UTC; what is no date stays."""
    if node.type is not Type.DATE:
        return node
    if not isinstance(node, Constant):
        return Call("moment", (node,), Type.MOMENT)
    day = node.value
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) if isinstance(day, date) else None
    return Constant(midnight, Type.MOMENT)


def is_text(node: Node) -> bool:
    """Say whether this is a string literal."""
    return isinstance(node, Constant) and isinstance(node.value, str)


def as_duration(operand: Operand) -> Node:
    """Return the duration that a string literal says: OData 4.01 asks for no prefix."""
    try:
        return duration_of(str(getattr(operand.node, "value", "")))
    except LiteralError as error:
        raise TypingError(str(error), operand.at) from None


def _quotes_hint(left: Operand, right: Operand) -> str:
    """Say what to do about quotes where one side is a literal and the other a string."""
    for one, other in ((left, right), (right, left)):
        if is_text(one.node) and other.node.type in _QUOTED:
            return f"; {NAMES[other.node.type]} is written without quotes"
        if isinstance(one.node, Constant) and other.node.type is Type.STRING:
            return "; strings stand in single quotes"
    return ""
