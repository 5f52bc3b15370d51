"""Which images are in a category: `/categories/by-id/{id}/images`."""

import re
from http import HTTPStatus

from aiohttp import web

from api.backoffice.answers import data_answer
from api.backoffice.categories import ONE
from api.backoffice.paging import page_of, read_page
from api.backoffice.requests import caller_needed, uuid_in
from api.context import LIBRARY
from shared.domain.errors import InvalidInputError
from shared.domain.image import Principal, Role

IMAGE = ONE + "/images/{image_id:[^/]+}"

_NUMBER = re.compile(r"[0-9]{1,18}")


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.get(ONE + "/images", list_images),
        web.put(IMAGE, put_image),
        web.delete(IMAGE, delete_image),
    ]


@caller_needed(Role.READER)
async def list_images(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/images`: their ids, in the order of creation; pages go forwards only."""
    category_id, asked = uuid_in(request), read_page(request)
    if asked.backwards or not _NUMBER.fullmatch(asked.cursor or "0"):
        raise InvalidInputError("Follow meta.next as it is; there is no way back.", field="after")
    found = await request.app[LIBRARY].categories.images(
        principal.tenant, category_id, int(asked.cursor or "0"), asked.limit + 1
    )
    rows, meta = page_of(request, asked, found, lambda row: str(row[0]))
    data = [{"id": str(uid)} for _, uid in rows]
    return data_answer(data, more={"meta": meta | {"previous": None}})


@caller_needed(Role.EDITOR)
async def put_image(request: web.Request, principal: Principal) -> web.Response:
    """`PUT …/images/{image_id}`: 204, also where it is in there already."""
    ids = uuid_in(request), uuid_in(request, "image_id")
    await request.app[LIBRARY].categories.assign(principal.tenant, *ids)
    return web.Response(status=HTTPStatus.NO_CONTENT)


@caller_needed(Role.EDITOR)
async def delete_image(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE …/images/{image_id}`: 204, also where it is not in there."""
    ids = uuid_in(request), uuid_in(request, "image_id")
    await request.app[LIBRARY].categories.unassign(principal.tenant, *ids)
    return web.Response(status=HTTPStatus.NO_CONTENT)
