"""All calls of the contract."""

from aiohttp import web

from api.backoffice import images


def routes() -> list[web.RouteDef]:
    """Return the contract's routes."""
    return [*images.routes()]
