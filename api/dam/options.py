"""The options of the list together: what a page is asked to be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from multidict import MultiMapping

from api.dam.mapping import parse_select
from api.dam.odata.dialect import Dialect, entity_dialect_of
from api.dam.odata.filter import parse_filter
from api.dam.odata.orderby import parse_orderby
from api.dam.odata.query import flag
from api.dam.odata.search import parse_search
from api.dam.schema import SCALARS, document_fields
from api.skiptokens import Keys, Skiptokens
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Logic, Node
from shared.domain.order import with_tie_breaker
from shared.domain.signature import Pads
from shared.usecases.lists_ports import PageQuery, Selection

MAX_PAGE = 100
MAX_WINDOW = 100_000

_PREFERENCE = re.compile(
    r"(?:^|,)\s*((?:odata\.)?maxpagesize)\s*=\s*\"?(\d{1,9})\"?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ListOptions:
    """`page.limit` is `$top`, or the server's page where `is_paged`: then a next one may follow."""

    dialect: Dialect
    keys: Keys
    page: PageQuery
    counted: bool
    is_paged: bool
    preference_applied: str | None
    scope: Sequence[str]
    """What a token of this list is good for, besides its order."""


def read_list(
    options: dict[str, str],
    headers: MultiMapping[str],
    tokens: Skiptokens,
    pads: Pads | None = None,
) -> ListOptions:
    """Read all of the list's options, or say which one is wrong and where.

    `tokens` reads where the page begins; `pads` sign the addresses of originals, where these are
    private.
    """
    dialect = entity_dialect_of(headers, options.get("$format"))
    selection = read_selection(options)
    # Deleted images share their names with each other, and with one that is not deleted.
    unique = ("id",) if selection.deleted else ("id", "reference")
    keys = with_tie_breaker(_order(options), unique)
    top = _number(options, "$top", MAX_PAGE)
    skip = _number(options, "$skip", MAX_WINDOW) or 0
    token = options.get("$skiptoken")
    if skip and token is not None:
        raise InvalidInputError("$skip and $skiptoken exclude each other.", field="$skip")
    if skip + (top or 0) > MAX_WINDOW:
        raise InvalidInputError(
            f"$skip and $top reach {MAX_WINDOW} images at most; leave them out and follow "
            "@nextLink from page to page to go further.",
            field="$skip",
        )
    preference, size = preferred(headers) if top is None else (None, MAX_PAGE)
    scope = _scope(options)
    names = parse_select(options.get("$select"))
    page = PageQuery(
        selection=selection,
        fields=document_fields(
            names, zoned=dialect.is_minimal, quoted=dialect.is_quoted, pads=pads
        ),
        order=keys,
        limit=size if top is None else top,
        skip=skip,
        after=None if token is None else tokens.decode(token, keys, scope),
    )
    counted = flag(options, "$count")
    return ListOptions(dialect, keys, page, counted, top is None, preference, scope)


def _scope(options: dict[str, str]) -> list[str]:
    """Return what decides which images are listed, as it was written."""
    return [
        f"{name}={options[name]}"
        for name in sorted(options)
        if name in {"$filter", "$search", "deleted"} or name.startswith("@")
    ]


def _order(options: dict[str, str]) -> Keys:
    return _parsed_order(options["$orderby"]) if "$orderby" in options else ()


@lru_cache(maxsize=256)
def _parsed_order(text: str) -> Keys:
    return tuple(parse_orderby(text, SCALARS))


def read_selection(options: dict[str, str]) -> Selection:
    """Read which images are meant: `$filter`, `$search`, `deleted`."""
    conditions: list[Node] = []
    if "$filter" in options:
        aliases = {name: value for name, value in options.items() if name.startswith("@")}
        conditions.append(parse_filter(options["$filter"], SCALARS, aliases=aliases))
    if "$search" in options:
        conditions.append(parse_search(options["$search"]))
    whole = Logic("and", tuple(conditions)) if len(conditions) > 1 else None
    return Selection(whole or next(iter(conditions), None), deleted=flag(options, "deleted"))


def _number(options: dict[str, str], name: str, largest: int) -> int | None:
    if name not in options:
        return None
    text = options[name]
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > largest:
        raise InvalidInputError(
            f"{name} is a whole number from 0 to {largest}, not {text[:40]!r}.", field=name
        )
    return int(text)


def preferred(headers: MultiMapping[str]) -> tuple[str | None, int]:
    """Read `Prefer`, in however many lines: what of it was heeded, and the size of a page."""
    match = _PREFERENCE.search(", ".join(headers.getall("Prefer", ())))
    if match is None or not int(match[2]):
        return None, MAX_PAGE
    size = min(int(match[2]), MAX_PAGE)
    return f"{match[1].lower()}={size}", size
