"""The query options of `GET /images`: paging, order, and equality filters."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from api.dam.schema import COLUMN_OF
from shared.domain.errors import InvalidInputError
from shared.domain.reference import check_text
from shared.usecases.ports import ListQuery

MAX_TOP = 100
MAX_WINDOW = 100_000

_TERM = re.compile(r"\s*(\w+)\s+eq\s+('(?:[^']|'')*'|[^\s']+)\s*")
_AND = re.compile(r"and\b")
_OPTIONS = frozenset({"$top", "$skip", "$orderby", "$filter", "$select", "deleted"})


def parse_options(query: Mapping[str, str]) -> ListQuery:
    """Read the options, or say which one is wrong and where."""
    for name in query:
        if name not in _OPTIONS:
            raise InvalidInputError(
                f"There is no option {name!r}; there are {', '.join(sorted(_OPTIONS))}.",
                field=name,
            )
    top = _number("$top", query.get("$top", str(MAX_TOP)), MAX_TOP)
    skip = _number("$skip", query.get("$skip", "0"), MAX_WINDOW)
    return ListQuery(
        equals=_parse_filter(query.get("$filter", "")),
        order=_parse_order(query.get("$orderby", "")),
        skip=skip,
        top=top,
        deleted=_flag("deleted", query.get("deleted", "false")),
    )


def _number(option: str, text: str, largest: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > largest:
        raise InvalidInputError(
            f"{option} is a whole number from 0 to {largest}, not {text!r}.", field=option
        )
    return int(text)


def _flag(option: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise InvalidInputError(f"{option} is true or false, not {text!r}.", field=option)
    return text == "true"


def _parse_order(text: str) -> list[tuple[str, bool]]:
    order = []
    for key in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = key.partition(" ")
        if direction.strip() not in {"", "asc", "desc"}:
            raise InvalidInputError(
                f"$orderby takes asc or desc after {name}, not {direction.strip()!r}.",
                field="$orderby",
            )
        order.append((_property(name, "$orderby")[0], direction.strip() == "desc"))
    return order


def _parse_filter(text: str) -> list[tuple[str, Any]]:
    equals: list[tuple[str, Any]] = []
    position = 0
    while text and position < len(text):
        if equals:
            position = _expect(_AND, text, position, "and").end()
        term = _expect(_TERM, text, position, "a comparison like status eq 'Ok'")
        column, kind = _property(term[1], "$filter")
        equals.append((column, _literal(term[2], kind, term.start(2))))
        position = term.end()
    return equals


def _expect(pattern: re.Pattern[str], text: str, position: int, what: str) -> re.Match[str]:
    match = pattern.match(text, position)
    if match is None:
        raise InvalidInputError(
            f"$filter: expected {what} at character {position + 1}.", field="$filter"
        )
    return match


def _property(name: str, option: str) -> tuple[str, type]:
    if name not in COLUMN_OF:
        raise InvalidInputError(
            f"{option} names {name!r}; it takes {', '.join(COLUMN_OF)}.", field=option
        )
    return COLUMN_OF[name]


def _literal(text: str, kind: type, position: int) -> Any:
    if text == "null":
        return None
    try:
        if kind is str and text.startswith("'"):
            return check_text(text[1:-1].replace("''", "'"), "$filter")
        if kind is int and re.fullmatch(r"-?[0-9]{1,18}", text):
            return int(text)
        if kind is datetime:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    wanted = {str: "a string in quotes", int: "a whole number", datetime: "a time"}[kind]
    raise InvalidInputError(
        f"$filter: expected {wanted} at character {position + 1}, not {text[:40]!r}.",
        field="$filter",
    )
