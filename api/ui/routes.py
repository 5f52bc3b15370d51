"""`/ui/`: a page, its style and its modules, read once; they hold no data and need no key."""

from http import HTTPStatus
from importlib.resources import files
from pathlib import PurePath

from aiohttp import web

_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src * blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes() -> list[web.RouteDef]:
    """Return the routes of the page."""
    static = files("api.ui").joinpath("static")
    pages = {
        file.name: file.read_bytes()
        for file in static.iterdir()
        if PurePath(file.name).suffix in _TYPES
    }

    async def page(request: web.Request) -> web.Response:
        name = request.match_info.get("name") or "index.html"
        if name not in pages:
            raise web.HTTPNotFound
        return web.Response(
            body=pages[name],
            content_type=_TYPES[PurePath(name).suffix],
            charset="utf-8",
            headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"},
        )

    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=HTTPStatus.FOUND, headers={"Location": "/ui/"})

    return [web.get("/ui", redirect), web.get("/ui/{name:[a-z.]*}", page)]
