"""`OData-Version` on every answer of the contract, its refusals too."""

from aiohttp import web

from api.dam.odata.dialect import LATEST, version_of
from shared.domain.errors import InvalidInputError

HEADER = "OData-Version"


def versioned(request: web.Request, response: web.StreamResponse) -> None:
    """Set `OData-Version`: the one asked for, or the latest where that is not supported."""
    if HEADER in response.headers or not _is_odata(request.rel_url.path):
        return
    try:
        version = version_of(request.headers)
    except InvalidInputError:
        version = LATEST
    response.headers[HEADER] = version


def _is_odata(path: str) -> bool:
    return path in {"/", "/$metadata"} or path.startswith(("/images", "/operations"))
