"""A node with what its rules need besides: where it stands, how high it is, how it was written."""

from typing import NamedTuple

from shared.domain.expression import Constant, Node, Type


class Operand(NamedTuple):
    """A part of an expression, begun at the character `at`, counted from 0."""

    node: Node
    at: int
    height: int = 1
    zoned: bool = False
    """Whether it is a date-time literal in another zone than UTC."""

    @property
    def is_null(self) -> bool:
        """Whether it is the constant null."""
        return isinstance(self.node, Constant) and self.node.value is None


class TypingError(Exception):
    """Operands do not go together; `at` is the operand at fault."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


NAMES = {
    Type.STRING: "a string",
    Type.BOOLEAN: "true or false",
    Type.INTEGER: "a whole number",
    Type.DECIMAL: "a number",
    Type.MOMENT: "a date-time",
    Type.DATE: "a date",
    Type.GUID: "a guid",
    Type.DURATION: "a duration",
    Type.NULL: "null",
}
"""What the types are called in messages."""


def one_of(types: tuple[Type, ...]) -> str:
    """Return the types' names for a message."""
    return " or ".join(NAMES[type_] for type_ in types)
