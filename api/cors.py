"""Pages of other origins: which may call the API from a browser, and with what (Fetch, 3.2).

Keys travel in headers, never in cookies, so nobody's rights are lent to a page.
"""

from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from api.context import LIBRARY

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
    "OData-MaxVersion, OData-Version, Prefer, Range, X-API-KEY, X-Request-ID"
)
ANSWER_HEADERS = (
    "Content-Range, ETag, Fototeca-Duplicates, Idempotency-Replayed, Location, OData-Version, "
    "Preference-Applied, Retry-After, X-Request-ID"
)
MAX_AGE_S = "7200"
"""In seconds: the longest that browsers cache a preflight."""


@web.middleware
async def preflighted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a preflight request, whatever its path: the call itself is checked when it comes."""
    if request.method != hdrs.METH_OPTIONS or not _allowed_origin(request):
        return await handler(request)
    if hdrs.ACCESS_CONTROL_REQUEST_METHOD not in request.headers:
        return await handler(request)
    return web.Response(
        status=HTTPStatus.NO_CONTENT,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: METHODS,
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: REQUEST_HEADERS,
            hdrs.ACCESS_CONTROL_MAX_AGE: MAX_AGE_S,
        },
    )


def shared(request: web.Request, response: web.StreamResponse) -> None:
    """Add the CORS headers, if the page's origin is allowed."""
    origins = request.app[LIBRARY].settings.allowed_origins
    if not origins:
        return
    if "*" not in origins:
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
    allowed = _allowed_origin(request)
    if allowed:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = allowed
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = ANSWER_HEADERS


def _allowed_origin(request: web.Request) -> str | None:
    origin = request.headers.get(hdrs.ORIGIN)
    origins = request.app[LIBRARY].settings.allowed_origins
    if origin is None or not origins:
        return None
    if "*" in origins:
        return "*"
    return origin if origin in origins else None
