"""`PUT /files/{token}`: bytes of a file that was announced; the URL is all that is needed."""

from aiohttp import web

from api.bodies import defer_continue, stream_body
from api.context import LIBRARY
from shared.usecases.uploads.staging import Ticket


def routes() -> list[web.RouteDef]:
    """Return the route."""
    return [web.put("/files/{token}", put_file, expect_handler=defer_continue)]


async def put_file(request: web.Request) -> web.Response:
    """Take the bytes; whoever sends them again replaces them, until an image is made of them."""
    original = await request.app[LIBRARY].staging.receive(
        request.match_info["token"], stream_body(request), request.content_length
    )
    return web.json_response(
        {"sizeInBytes": original.size_in_bytes, "sha256": original.sha256.hex()},
        headers={"Cache-Control": "no-store"},
    )


def url_of(request: web.Request, ticket: Ticket) -> str:
    """Return where a file's bytes go."""
    return f"{request.app[LIBRARY].settings.origin}/files/{ticket.token}"
