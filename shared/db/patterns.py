"""`contains`, `startswith` and `endswith` of a constant as LIKE, which an index can serve."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.expression import Call, Constant, Node


class Compiler(Protocol):
    """What a pattern needs of whoever makes the SQL."""

    def value(self, node: Node) -> str: ...
    def parameter(self, value: object, sql_type: str) -> str: ...


def pattern_match(function: str, operands: Sequence[Node], sql: Compiler) -> str | None:
    """Return a LIKE, or None where the pattern is not a constant."""
    text, part = operands
    if not isinstance(part, Constant) or not isinstance(part.value, str):
        return None
    literal = escaped(part.value)
    if function == "startswith":
        return f'({sql.value(text)} COLLATE "C" LIKE {sql.parameter(literal + "%", "text")})'
    pattern = f"%{literal}%" if function == "contains" else f"%{literal}"
    if not (isinstance(text, Call) and text.function in {"tolower", "toupper"}):
        return f"({sql.value(text)} LIKE {sql.parameter(pattern, 'text')})"
    # The index is on the text itself; it finds candidates, whatever their case. It compares them in
    # small letters, so that nothing else has to where small letters are looked for.
    candidates = f"({sql.value(text.operands[0])} ILIKE {sql.parameter(pattern, 'text')})"
    if text.function == "tolower" and literal == literal.lower():
        return candidates
    return f"({candidates} AND ({sql.value(text)} LIKE {sql.parameter(pattern, 'text')}))"


def escaped(text: str) -> str:
    """Return a text that LIKE takes literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
