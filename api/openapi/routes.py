"""`/openapi.json`, and `/docs`: Swagger UI from its wheel, which asks no other host."""

from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from api.openapi.document import document

_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fototeca: the calls</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<main id="calls"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """\
SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#calls",
    deepLinking: true,
    displayOperationId: false,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    tryItOutEnabled: true,
    persistAuthorization: false,
});
"""


def routes() -> list[web.RouteDef]:
    """Return the routes; the files of the page are read once."""
    pages = {
        "": (_PAGE.encode(), "text/html"),
        "start.js": (_START.encode(), "text/javascript"),
    } | {name: ((_static() / name).read_bytes(), kind) for name, kind in _FILES.items()}

    async def page(request: web.Request) -> web.Response:
        name = request.match_info.get("name", "")
        if name not in pages:
            raise web.HTTPNotFound
        content, kind = pages[name]
        return web.Response(
            body=content,
            content_type=kind,
            charset=None if kind.startswith("image/") else "utf-8",
            headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"},
        )

    return [
        web.get("/openapi.json", get_document),
        web.get("/docs", page),
        web.get("/docs/", _redirect),
        web.get("/docs/{name:[a-z0-9.-]+}", page),
    ]


async def get_document(_request: web.Request) -> web.Response:
    """`GET /openapi.json`: for anyone."""
    return web.Response(
        body=document(),
        content_type="application/json",
        headers={"Cache-Control": "no-cache"},
    )


async def _redirect(_request: web.Request) -> web.Response:
    return web.Response(status=HTTPStatus.FOUND, headers={"Location": "/docs"})


def _static() -> Path:
    """Return the folder of the wheel, without running its code."""
    found = find_spec("swagger_ui")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("swagger_ui")
    return Path(found.origin).with_name("static")
