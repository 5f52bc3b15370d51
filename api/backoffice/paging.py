"""Pages by cursor: `after`, `before`, `limit`, and the links to the pages on either side."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from api.context import LIBRARY
from shared.domain.errors import InvalidInputError

MAX_LIMIT = 100

_NUMBER = re.compile(r"[0-9]{1,4}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page: after a cursor or before it, from the beginning where there is none."""

    cursor: str | None
    backwards: bool
    limit: int


def read_page(request: web.Request) -> Asked:
    """Read which page is asked for."""
    query = request.rel_url.query
    after, before, limit = query.get("after"), query.get("before"), query.get("limit")
    if after is not None and before is not None:
        raise InvalidInputError("after and before exclude each other.", field="before")
    if limit is not None and not (_NUMBER.fullmatch(limit) and 1 <= int(limit) <= MAX_LIMIT):
        raise InvalidInputError(f"limit is a number from 1 to {MAX_LIMIT}.", field="limit")
    size = MAX_LIMIT if limit is None else int(limit)
    return Asked(after if before is None else before, before is not None, size)


def page_of(
    request: web.Request, asked: Asked, found: Sequence[T], cursor_of: Callable[[T], str]
) -> tuple[list[T], dict[str, Any]]:
    """Return a page in its order, and `meta`, of up to one more than its limit, nearest first.

    The key of the caller never stands in the links.
    """
    base = request.app[LIBRARY].settings.origin + request.rel_url.raw_path
    rows = list(found[: asked.limit])
    has_more = len(found) > asked.limit
    has_before, has_after = asked.cursor is not None, has_more
    if asked.backwards:
        rows.reverse()
        has_before, has_after = has_more, True

    def link(name: str, row: T) -> str:
        return f"{base}?{urlencode({name: cursor_of(row), 'limit': asked.limit})}"

    return rows, {
        "base": base,
        "next": link("after", rows[-1]) if rows and has_after else None,
        "previous": link("before", rows[0]) if rows and has_before else None,
    }
