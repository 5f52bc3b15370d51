"""`GET /usage`: what the tenant has stored, and how much it may store."""

from aiohttp import web

from api.auth import principal_needed
from api.context import LIBRARY
from shared.domain.image import Principal, Role


def routes() -> list[web.RouteDef]:
    """Return the route."""
    return [web.get("/usage", get_usage)]


@principal_needed(Role.READER)
async def get_usage(request: web.Request, principal: Principal) -> web.Response:
    """Answer exactly, from counters; a limit that there is not is null."""
    library = request.app[LIBRARY]
    account = await library.database.account_of(principal.tenant.id)
    usage, quota, largest = account.usage, account.quota, library.settings.max_upload_bytes
    return web.json_response(
        {
            "images": usage.images,
            "deletedImages": usage.deleted_images,
            "bytes": usage.bytes,
            "maxImages": quota.max_images,
            "maxBytes": quota.max_bytes,
            "maxFileBytes": min(largest, quota.max_file_bytes or largest),
        },
        headers={"Cache-Control": "private, no-cache"},
    )
