"""The functions: what each takes and gives (Part 2, 5.1.1.5 to 5.1.1.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.dam.odata.operand import NAMES, Operand, TypingError, one_of
from api.dam.odata.promotion import NUMBERS
from shared.domain.expression import Call, Constant, Function, Node, Type


@dataclass(frozen=True, slots=True)
class Signature:
    """The types that each operand may have, of which the last `optional` may be left out."""

    name: Function
    takes: tuple[tuple[Type, ...], ...]
    gives: Type
    optional: int = 0


_S, _I = (Type.STRING,), (Type.INTEGER,)
_DAYS, _MOMENT = (Type.DATE, Type.MOMENT), (Type.MOMENT,)

FUNCTIONS: dict[str, Signature] = {
    signature.name: signature
    for signature in (
        Signature("contains", (_S, _S), Type.BOOLEAN),
        Signature("startswith", (_S, _S), Type.BOOLEAN),
        Signature("endswith", (_S, _S), Type.BOOLEAN),
        Signature("tolower", (_S,), Type.STRING),
        Signature("toupper", (_S,), Type.STRING),
        Signature("trim", (_S,), Type.STRING),
        Signature("length", (_S,), Type.INTEGER),
        Signature("indexof", (_S, _S), Type.INTEGER),
        Signature("substring", (_S, _I, _I), Type.STRING, optional=1),
        Signature("concat", (_S, _S), Type.STRING),
        Signature("year", (_DAYS,), Type.INTEGER),
        Signature("month", (_DAYS,), Type.INTEGER),
        Signature("day", (_DAYS,), Type.INTEGER),
        Signature("hour", (_MOMENT,), Type.INTEGER),
        Signature("minute", (_MOMENT,), Type.INTEGER),
        Signature("second", (_MOMENT,), Type.INTEGER),
        Signature("date", (_MOMENT,), Type.DATE),
        Signature("round", (NUMBERS,), Type.DECIMAL),
        Signature("floor", (NUMBERS,), Type.DECIMAL),
        Signature("ceiling", (NUMBERS,), Type.DECIMAL),
    )
}
"""By name in lower case."""

NOW = "now"
"""Is besides: it takes nothing and is a constant of the whole filter."""


def call(name: str, at: int, operands: Sequence[Operand], now: datetime) -> Node:
    """Return the call of a known function, null where an operand is null."""
    if name == NOW:
        _check_count(name, at, len(operands), 0, 0)
        return Constant(now, Type.MOMENT)
    signature = FUNCTIONS[name]
    most = len(signature.takes)
    _check_count(name, at, len(operands), most - signature.optional, most)
    for operand, types in zip(operands, signature.takes, strict=False):
        _check_type(name, operand, types)
    if any(operand.is_null for operand in operands):
        return Constant(None, signature.gives)
    _check_values(name, operands)
    first = operands[0].node
    if signature.takes[0] is NUMBERS and first.type is Type.INTEGER:
        return first
    return Call(signature.name, tuple(operand.node for operand in operands), signature.gives)


def _check_count(name: str, at: int, count: int, least: int, most: int) -> None:
    if not least <= count <= most:
        wanted = str(most) if least == most else f"{least} or {most}"
        raise TypingError(f"{name} takes {wanted} operands, and here are {count}", at)


def _check_type(name: str, operand: Operand, types: tuple[Type, ...]) -> None:
    found = operand.node.type
    if found is not Type.NULL and found not in types:
        raise TypingError(f"{name} takes {one_of(types)} here, not {NAMES[found]}", operand.at)


def _check_values(name: str, operands: Sequence[Operand]) -> None:
    """Refuse what the section of the function refuses of literals."""
    for operand in operands:
        if operand.zoned and name != "second":
            # 5.1.1.8: who keeps times in UTC cannot look at one in another zone.
            raise TypingError(f"{name} looks at times in UTC: write the date-time so", operand.at)
        value = operand.node.value if isinstance(operand.node, Constant) else None
        if name == "substring" and isinstance(value, int | Decimal) and value < 0:
            raise TypingError("substring takes no negative numbers", operand.at)
