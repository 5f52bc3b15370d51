"""`$orderby` to the columns that it names (Part 2, 5.1.4 System Query Option $orderby)."""

from collections.abc import Mapping

from api.dam.odata.names import COLLECTIONS, INSTANCE, Scope
from api.dam.odata.tokens import Cursor
from shared.domain.expression import Column

OPTION = "$orderby"
_DIRECTIONS = {"asc": False, "desc": True}


def parse_orderby(text: str, properties: Mapping[str, Column]) -> list[tuple[Column, bool]]:
    """Return the keys of a decoded `$orderby`, most significant first, each with its `desc`.

    InvalidInputError says what is wrong, at which character, and what was expected.
    """
    cursor = Cursor(text, OPTION)
    keys: list[tuple[Column, bool]] = []
    while True:
        keys.append(_key(cursor, Scope(properties), {column for column, _ in keys}))
        if cursor.kind == "end":
            return keys
        cursor.take(",", "or the end")


def _key(cursor: Cursor, scope: Scope, taken: set[Column]) -> tuple[Column, bool]:
    if cursor.word == INSTANCE:
        cursor.advance()
        cursor.take("/", "and a property after $it")
    name = cursor.word
    if cursor.kind != "name":
        raise cursor.expected("the name of a property")
    if name in COLLECTIONS:
        raise cursor.error(f"{name} are many and give no order")
    if name not in scope.properties:
        raise cursor.error(scope.unknown(name))
    column = scope.properties[name]
    if column in taken:
        raise cursor.error(f"{name} is a key already")
    cursor.advance()
    return column, _is_descending(cursor)


def _is_descending(cursor: Cursor) -> bool:
    if cursor.kind != "name":
        if cursor.word not in {"", ","}:
            raise cursor.expected("asc, desc, ',' or the end; keys are properties alone")
        return False
    descending = _DIRECTIONS.get(cursor.word.lower())
    if descending is None:
        raise cursor.expected("asc or desc")
    cursor.advance()
    return descending
