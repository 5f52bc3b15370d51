"""The contract's calls: parse, one use case, render."""

from aiohttp import web

from api.authorization import bearer_or_digest, digest_holder, token_answer
from api.connect.mapping import image_wire
from api.context import LIBRARY, REQUEST_ID
from shared.domain.errors import NotFoundError
from shared.usecases.access.credentials import grant
from shared.usecases.editorial.texts import DEFAULT_LANGUAGE

MAX_ID = 2**63 - 1


def routes() -> list[web.RouteDef]:
    """Return the contract's routes."""
    return [
        web.post("/token", post_token),
        web.get("/api/images/{id}", get_image),
    ]


async def post_token(request: web.Request) -> web.Response:
    """`POST /token`, by HTTP Digest: a token for half an hour."""
    holder = await digest_holder(request)
    return token_answer(await grant(request.app[LIBRARY].database, holder))


async def get_image(request: web.Request) -> web.Response:
    """`GET /api/images/{id}`, with `language`."""
    library = request.app[LIBRARY]
    principal = await bearer_or_digest(request)
    language = request.query.get("language") or DEFAULT_LANGUAGE
    found = await library.editorials.show(principal.tenant, _id(request), language)
    image = image_wire(found, library.settings.cdn_base)
    return web.json_response(
        {"CoordinationId": request[REQUEST_ID], "Images": [image]},
        headers={"Cache-Control": "private, no-cache"},
    )


def _id(request: web.Request) -> int:
    """An invalid id is a 404 in the document."""
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))):
        raise NotFoundError("There is no such image: its id is a number, as in /api/images/7.")
    if (number := int(text)) > MAX_ID:
        raise NotFoundError(f"There is no image {number}.")
    return number
