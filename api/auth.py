"""Who calls: an API key to a principal, once per request."""

from collections.abc import Awaitable, Callable
from functools import wraps

import structlog
from aiohttp import web

from api.context import LIBRARY
from shared.domain.errors import InvalidKeyError
from shared.domain.image import Principal, Role
from shared.usecases.access.keys import authenticate, require

Handler = Callable[[web.Request, Principal], Awaitable[web.StreamResponse]]


def key_in_header(request: web.Request) -> str | None:
    """Return the API key of the X-API-KEY header."""
    return request.headers.get("X-API-KEY")


def principal_needed(
    role: Role, key_in: Callable[[web.Request], str | None] = key_in_header
) -> Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
    """Give a handler its principal, whose role is at least `role`."""

    def decorate(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        @wraps(handler)
        async def authenticated(request: web.Request) -> web.StreamResponse:
            library = request.app[LIBRARY]
            try:
                principal = await authenticate(
                    library.database, library.principals, key_in(request)
                )
            except InvalidKeyError:
                library.guess_limit.count(request.remote)
                raise
            structlog.contextvars.bind_contextvars(tenant=principal.tenant.name)
            require(principal, role)
            return await handler(request, principal)

        return authenticated

    return decorate
