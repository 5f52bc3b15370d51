"""The tree in which images are filed: `/categories`."""

import re
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from api.backoffice.answers import PREFIX, data_answer
from api.backoffice.mapping import category_data, edit_of
from api.backoffice.paging import page_of, read_page
from api.backoffice.requests import caller_needed, read_body, uuid_in
from api.backoffice.schema import CategoryBody, CategoryChangeBody
from api.bodies import defer_continue
from api.context import LIBRARY
from api.idempotency import claim_of, idempotent
from shared.domain.category import Category, Place
from shared.domain.errors import InvalidInputError
from shared.domain.image import Principal, Role

CATEGORIES = f"{PREFIX}/categories"
ONE = CATEGORIES + "/by-id/{id:[^/]+}"

_PLACE = re.compile(r"([0-9]{1,7})\.([0-9a-f]{32})")


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.get(CATEGORIES, list_categories),
        web.post(CATEGORIES, post_category, expect_handler=defer_continue),
        web.get(ONE, get_category),
        web.patch(ONE, patch_category, expect_handler=defer_continue),
        web.delete(ONE, delete_category),
        web.post(ONE + "/restore", restore_category, expect_handler=defer_continue),
    ]


@caller_needed(Role.READER)
async def list_categories(request: web.Request, principal: Principal) -> web.Response:
    """`GET /categories`: by position, then by id."""
    asked = read_page(request)
    field = "before" if asked.backwards else "after"
    start = None if asked.cursor is None else _place(asked.cursor, field)
    found = await request.app[LIBRARY].categories.page(
        principal.tenant, start, asked.limit + 1, backwards=asked.backwards
    )
    rows, meta = page_of(request, asked, found, _cursor)
    return data_answer([category_data(each) for each in rows], more={"meta": meta})


@caller_needed(Role.EDITOR)
@idempotent
async def post_category(request: web.Request, principal: Principal) -> web.Response:
    """`POST /categories`."""
    wanted = edit_of(await read_body(request, CategoryBody))
    category = await request.app[LIBRARY].categories.create(
        principal.tenant, wanted, claim_of(request)
    )
    location = f"{CATEGORIES}/by-id/{category.id}"
    return data_answer(category_data(category), HTTPStatus.CREATED, location=location)


@caller_needed(Role.READER)
async def get_category(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/by-id/{id}`."""
    categories = request.app[LIBRARY].categories
    return data_answer(category_data(await categories.show(principal.tenant, uuid_in(request))))


@caller_needed(Role.EDITOR)
async def patch_category(request: web.Request, principal: Principal) -> web.Response:
    """`PATCH …/by-id/{id}`: changes the members that are given."""
    category_id = uuid_in(request)
    wanted = edit_of(await read_body(request, CategoryChangeBody))
    categories = request.app[LIBRARY].categories
    return data_answer(category_data(await categories.edit(principal.tenant, category_id, wanted)))


@caller_needed(Role.EDITOR)
async def delete_category(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE …/by-id/{id}`: with all below it, softly."""
    categories = request.app[LIBRARY].categories
    return data_answer(category_data(await categories.delete(principal.tenant, uuid_in(request))))


@caller_needed(Role.EDITOR)
async def restore_category(request: web.Request, principal: Principal) -> web.Response:
    """`POST …/by-id/{id}/restore`: with what its deletion took along."""
    categories = request.app[LIBRARY].categories
    return data_answer(category_data(await categories.restore(principal.tenant, uuid_in(request))))


def _cursor(category: Category) -> str:
    return f"{category.position}.{category.id.hex}"


def _place(cursor: str, field: str) -> Place:
    match = _PLACE.fullmatch(cursor)
    if match is None:
        raise InvalidInputError(
            "This cursor was not made here: follow meta.next and meta.previous as they are.",
            field=field,
        )
    return Place(int(match[1]), UUID(match[2]))
