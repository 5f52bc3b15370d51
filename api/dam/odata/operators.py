"""Comparison, membership and logic: which types they take (Part 2, 5.1.1.1)."""

from collections.abc import Sequence
from typing import Literal

from api.dam.odata.operand import NAMES, Operand, TypingError
from api.dam.odata.promotion import pair
from shared.domain.expression import Compare, Comparison, Constant, Logic, Member, Node, Type

COMPARISONS: dict[str, Comparison] = {
    "eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge",
}  # fmt: skip
LOGIC: dict[str, Literal["and", "or"]] = {"and": "and", "or": "or"}
_UNKNOWN = Constant(None, Type.BOOLEAN)


def compare(operator: Comparison, left: Operand, right: Operand) -> Compare:
    """Compare two values of one type, two numbers, or anything with null."""
    return Compare(operator, *pair(left, right, operator))


def condition(operand: Operand, of: str) -> Node:
    """Return what is true, false or null, or say that it is none of these."""
    if operand.node.type is Type.BOOLEAN:
        return operand.node
    if operand.is_null:
        return _UNKNOWN
    hint = "; not binds tighter than comparisons: write not (...)" if of == "not" else ""
    raise TypingError(
        f"{of} takes a condition, true or false, and here is {NAMES[operand.node.type]}{hint}",
        operand.at,
    )


def negation(operand: Operand) -> Node:
    """Return `not`."""
    return Logic("not", (condition(operand, "not"),))


def join(operator: Literal["and", "or"], operands: Sequence[Operand]) -> Logic:
    """Return a chain of `and` or `or`."""
    return Logic(operator, tuple(condition(operand, operator) for operand in operands))


def membership(operand: Operand, members: Sequence[Operand]) -> Node:
    """Return whether the operand is one of the literals, which may be none at all (5.1.1.1.11)."""
    if operand.is_null:
        return Constant(any(member.is_null for member in members), Type.BOOLEAN)
    if not {member.node.type for member in members} <= {operand.node.type, Type.NULL}:
        for member in members:
            operand = operand._replace(node=pair(operand, member, "in")[0])
        members = [member._replace(node=pair(operand, member, "in")[1]) for member in members]
    constants = tuple(each.node for each in members if isinstance(each.node, Constant))
    return Member(operand.node, constants)
