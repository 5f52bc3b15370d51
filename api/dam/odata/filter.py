"""`$filter` to the tree that it says (Part 2, 5.1.2 System Query Option $filter)."""

from collections.abc import Mapping
from datetime import UTC, datetime

from api.dam.odata.grammar import Grammar
from api.dam.odata.operand import TypingError
from api.dam.odata.operators import condition
from api.dam.odata.times import LiteralError
from api.dam.odata.tokens import Cursor
from shared.domain.expression import Column, Node

OPTION = "$filter"


def parse_filter(
    text: str,
    properties: Mapping[str, Column],
    now: datetime | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Node:
    """Return a BOOLEAN tree for a decoded `$filter`.

    `properties` are by wire name; `tags` need not be among them. `now` is what `now()` gives.
    `aliases` are the literals of `@name`s (Part 2, 5.3); None refuses them all.
    InvalidInputError says what is wrong, at which character, and what was expected.
    """
    cursor = Cursor(text, OPTION)
    grammar = Grammar(cursor, properties, now or datetime.now(UTC), aliases)
    try:
        whole = grammar.expression()
        if cursor.kind != "end":
            raise cursor.expected("an operator (and, or, eq, ne, in, add, ...) or the end")
        return condition(whole, "the filter")
    except LiteralError as error:
        raise cursor.error(str(error)) from None
    except TypingError as error:
        raise cursor.error(str(error), error.at) from None
