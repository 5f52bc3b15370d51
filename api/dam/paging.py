"""Pages of links, revisions and operations: by key, with next links, as in the list of images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import orjson
from aiohttp import hdrs, web

from api.context import LIBRARY
from api.dam.answers import json_answer
from api.dam.odata.dialect import Dialect, dialect_of
from api.dam.odata.query import read_query
from api.dam.options import preferred
from api.skiptokens import Keys
from shared.domain.errors import InvalidInputError

OPTIONS = ("$skiptoken", "$format")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageOptions:
    """A page of `size` rows, after the row with these values of the keys."""

    dialect: Dialect
    keys: Keys
    after: Sequence[object] | None
    size: int
    preference: str | None


def read_page(request: web.Request, keys: Keys) -> PageOptions:
    """Read where a page begins and how long it is to be, or say which option is wrong."""
    options = read_query(request.rel_url.raw_query_string, OPTIONS)
    preference, size = preferred(request.headers)
    token = options.get("$skiptoken")
    skiptokens = request.app[LIBRARY].skiptokens
    after = None if token is None else skiptokens.decode(token, keys)
    if after is not None and None in after:
        raise InvalidInputError("Follow @nextLink as it is.", field="$skiptoken")
    dialect = dialect_of(request.headers, options.get("$format"))
    return PageOptions(dialect, keys, after, size, preference)


def page_answer(
    request: web.Request,
    options: PageOptions,
    rows: Sequence[Row],
    render: Callable[[Row], dict[str, Any]],
    place: Callable[[Row], Sequence[object]],
) -> web.Response:
    """Answer with a page; `rows` has one more than that where another page follows."""
    shown = rows[: options.size]
    body: dict[str, Any] = {"value": [render(row) for row in shown]}
    if len(rows) > options.size:
        token = request.app[LIBRARY].skiptokens.encode(options.keys, place(shown[-1]))
        body[options.dialect.name("nextLink")] = _link(request, token)
    headers: dict[str, str] = {hdrs.CACHE_CONTROL: "private, no-cache"}
    if options.preference:
        headers["Preference-Applied"] = options.preference
    return json_answer(orjson.dumps(body), options.dialect, headers=headers)


def _link(request: web.Request, token: str) -> str:
    given = read_query(request.rel_url.raw_query_string, OPTIONS) | {"$skiptoken": token}
    query = "&".join(f"{name}={quote(value, safe='=;/$')}" for name, value in given.items())
    return f"{request.app[LIBRARY].settings.origin}{request.rel_url.raw_path}?{query}"
