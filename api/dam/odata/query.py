"""The query string: decoded once, strictly; names in any case, with or without `$`; none twice."""

import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from shared.domain.errors import InvalidInputError

SYSTEM = (
    "$filter",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$select",
    "$search",
    "$skiptoken",
    "$format",
)
ALIASES = "@alias"
"""Stands for all parameter aliases, which have any name behind the sign."""

OF_LISTS = (*SYSTEM, "deleted", ALIASES)
OF_IMAGES = ("$select", "$format")
MAX_CHARACTERS = 16_384

_ALIAS = re.compile("@[A-Za-z_][A-Za-z0-9_]*")


def read_query(raw: str, takes: Sequence[str]) -> dict[str, str]:
    """Return the options by their full names, or say which one is wrong.

    `takes` are those that the call has: what would be passed over is refused.
    """
    if len(raw) > MAX_CHARACTERS:
        raise InvalidInputError(f"The query has more than {MAX_CHARACTERS} characters.")
    options: dict[str, str] = {}
    for pair in filter(None, raw.split("&")):
        encoded, _, value = pair.partition("=")
        name = _full_name(_decoded(encoded, "query"), takes)
        if name in options:
            raise InvalidInputError(f"The option {name} is given more than once.", field=name)
        options[name] = _decoded(value, name)
    return options


def flag(options: dict[str, str], name: str) -> bool:
    """Return an option that is true or false, OData's in any case; false where it is absent."""
    text = options.get(name, "false")
    text = text.lower() if name in SYSTEM else text
    if text not in {"true", "false"}:
        raise InvalidInputError(f"{name} is true or false, not {text[:40]!r}.", field=name)
    return text == "true"


def _full_name(name: str, takes: Sequence[str]) -> str:
    if name in takes or (ALIASES in takes and _ALIAS.fullmatch(name)):
        return name
    full = f"${name.lower().removeprefix('$')}"
    if full not in takes:
        raise InvalidInputError(
            f"There is no option {name[:40]!r} here; there are {', '.join(takes)}.",
            field=name[:40],
        )
    return full


def _decoded(text: str, field: str) -> str:
    try:
        decoded = unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeError as error:
        raise InvalidInputError(
            f"{field} is not UTF-8 once percent-decoded.", field=field
        ) from error
    if "\0" in decoded:
        raise InvalidInputError(f"{field} holds a NUL, which no text here can.", field=field)
    return decoded
