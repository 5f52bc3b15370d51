"""All calls of the contract."""

from aiohttp import web

from api.backoffice import categories, filing, images, references


def routes() -> list[web.RouteDef]:
    """Return the contract's routes."""
    return [*images.routes(), *categories.routes(), *filing.routes(), *references.routes()]
