"""The headers of conditional writes."""

from aiohttp import hdrs, web

from api.dam.mapping import precondition_of
from shared.usecases.editing.conditions import Precondition


def precondition(request: web.Request) -> Precondition:
    """Read `If-Match` and `If-None-Match`."""
    return precondition_of(
        _combined(request, hdrs.IF_MATCH), _combined(request, hdrs.IF_NONE_MATCH)
    )


def _combined(request: web.Request, name: str) -> str | None:
    """Return a header's lines as one list, as RFC 9110, section 5.3, has it."""
    lines = request.headers.getall(name, [])
    return ", ".join(lines) if lines else None
