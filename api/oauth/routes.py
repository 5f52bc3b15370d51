"""`POST /oauth/token` (RFC 6749, section 4.4) and `POST /oauth/revoke` (RFC 7009)."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web

from api.authorization import NO_STORE, basic_credentials, token_answer
from api.bodies import defer_continue, read_form
from api.context import LIBRARY
from api.oauth.errors import error_answer
from shared.domain.credential import Holder
from shared.domain.errors import InvalidInputError, UnauthorizedError
from shared.usecases.access.credentials import authenticate_client, give_back, grant

GRANT = "client_credentials"


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.post("/oauth/token", post_token, expect_handler=defer_continue),
        web.post("/oauth/revoke", post_revoke, expect_handler=defer_continue),
    ]


async def post_token(request: web.Request) -> web.Response:
    """Give a client a token for half an hour."""
    fields = await _fields(request)
    wanted = fields.get("grant_type")
    if wanted is None:
        raise InvalidInputError(f"grant_type is missing: send grant_type={GRANT}.")
    if wanted != GRANT:
        return error_answer(
            HTTPStatus.BAD_REQUEST, "unsupported_grant_type", f"Only {GRANT} is granted here."
        )
    if "scope" in fields:
        return error_answer(
            HTTPStatus.BAD_REQUEST,
            "invalid_scope",
            "There are no scopes: what a client may do is the role of its credential.",
        )
    return token_answer(await grant(request.app[LIBRARY].database, await _client(request, fields)))


async def post_revoke(request: web.Request) -> web.Response:
    """End a token; one that is not this client's, or is over, is as good as ended."""
    fields = await _fields(request)
    holder = await _client(request, fields)
    if "token" not in fields:
        raise InvalidInputError("token is missing: send the token that is to end.")
    await give_back(request.app[LIBRARY].database, holder, fields["token"])
    return web.Response(headers=NO_STORE)


async def _fields(request: web.Request) -> dict[str, str]:
    """Return the body's fields; those without a value are as good as not sent (section 3.2)."""
    return {name: value for name, value in (await read_form(request)).items() if value}


async def _client(request: web.Request, fields: Mapping[str, str]) -> Holder:
    """Return who asks, from the header or the body, never from both."""
    library = request.app[LIBRARY]
    given = basic_credentials(request)
    in_body = (fields.get("client_id"), fields.get("client_secret"))
    if given is not None and (in_body[1] is not None or in_body[0] not in {None, given[0]}):
        raise InvalidInputError("Send client id and secret in the header or in the body, not both.")
    identifier, secret = given or in_body
    if not identifier or not secret:
        raise UnauthorizedError("Send client_id and client_secret, in the body or as Basic.")
    try:
        holder = await authenticate_client(library.database, identifier, secret)
    except UnauthorizedError:
        library.guess_limit.count(request.remote)
        raise
    structlog.contextvars.bind_contextvars(tenant=holder.principal.tenant.name)
    return holder
