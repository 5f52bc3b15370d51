"""The contract's calls: parse, one use case, render."""

from aiohttp import web

from api.authorization import digest_holder, token_answer
from api.context import LIBRARY
from shared.usecases.credentials import grant


def routes() -> list[web.RouteDef]:
    """Return the contract's routes."""
    return [web.post("/token", post_token)]


async def post_token(request: web.Request) -> web.Response:
    """`POST /token`, by HTTP Digest: a token for half an hour."""
    holder = await digest_holder(request)
    return token_answer(await grant(request.app[LIBRARY].database, holder))
