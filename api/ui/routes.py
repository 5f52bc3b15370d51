"""`/ui/`: three files, read once; they hold no data and need no key."""

from http import HTTPStatus
from importlib.resources import files

from aiohttp import web

_TYPES = {"index.html": "text/html", "gallery.js": "text/javascript", "gallery.css": "text/css"}

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src * blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes() -> list[web.RouteDef]:
    """Return the routes of the page."""
    pages = {name: files("api.ui").joinpath("static", name).read_bytes() for name in _TYPES}

    async def page(request: web.Request) -> web.Response:
        name = request.match_info.get("name") or "index.html"
        if name not in pages:
            raise web.HTTPNotFound
        return web.Response(
            body=pages[name],
            content_type=_TYPES[name],
            charset="utf-8",
            headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"},
        )

    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=HTTPStatus.FOUND, headers={"Location": "/ui/"})

    return [web.get("/", redirect), web.get("/ui", redirect), web.get("/ui/{name:[a-z.]*}", page)]
