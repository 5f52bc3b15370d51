"""Who calls: the X-API-KEY header to a principal, once per request."""

from collections.abc import Awaitable, Callable
from functools import wraps

import structlog
from aiohttp import web

from api.context import LIBRARY
from shared.domain.errors import InvalidKeyError
from shared.domain.image import Principal, Role
from shared.usecases.access import authenticate, require

Handler = Callable[[web.Request, Principal], Awaitable[web.StreamResponse]]


def principal_needed(
    role: Role,
) -> Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
    """Give a handler its principal, whose role is at least `role`."""

    def decorate(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        @wraps(handler)
        async def authenticated(request: web.Request) -> web.StreamResponse:
            library = request.app[LIBRARY]
            key = request.headers.get("X-API-KEY")
            try:
                principal = await authenticate(library.database, library.principals, key)
            except InvalidKeyError:
                library.guesses.count(request.remote)
                raise
            structlog.contextvars.bind_contextvars(tenant=principal.tenant.name)
            require(principal, role)
            return await handler(request, principal)

        return authenticated

    return decorate
