"""The DAM contract's calls on one image and on the list: parse, one use case, render."""

from http import HTTPStatus
from uuid import UUID

import structlog
from aiohttp import hdrs, web

from api.auth import principal_needed
from api.bodies import defer_continue, read_json, stream_body
from api.context import LIBRARY
from api.dam.answers import image_answer, view_of
from api.dam.mapping import parse_edit, precondition_of
from api.dam.odata.query import flag, read_query
from api.dam.paths import reference_in
from api.dam.several import post_images
from shared.domain.errors import InvalidInputError
from shared.domain.image import Principal, Role
from shared.domain.reference import Reference
from shared.usecases.access import require
from shared.usecases.conditions import Precondition
from shared.usecases.upload import Effect

ONE = r"/images{key:\([^/]*\)}"

STATUS_OF = {
    Effect.CREATED: HTTPStatus.CREATED,
    Effect.REPLACED: HTTPStatus.ACCEPTED,
    Effect.UNCHANGED: HTTPStatus.OK,
}


def routes() -> list[web.RouteDef]:
    """Return the contract's routes."""
    return [
        web.post("/images", post_images, expect_handler=defer_continue),
        web.get(ONE, get_image),
        web.put(ONE, put_image, expect_handler=defer_continue),
        web.patch(ONE, patch_image, expect_handler=defer_continue),
        web.delete(ONE, delete_image),
        web.post(ONE + "/reprocess", reprocess_image),
        web.post("/images/by-uid/{uid}/restore", restore_image),
    ]


@principal_needed(Role.READER)
async def get_image(request: web.Request, principal: Principal) -> web.Response:
    """`GET /images({reference})`, with `$select` and `If-None-Match`."""
    view = view_of(request)
    image = await request.app[LIBRARY].images.get(principal.tenant, _reference(request))
    return image_answer(request, view, image)


@principal_needed(Role.EDITOR)
async def put_image(request: web.Request, principal: Principal) -> web.Response:
    """`PUT /images({reference})`: upload or replace, the raw body streamed."""
    reference, view = _reference(request), view_of(request)
    if request.content_type.startswith("multipart/"):
        raise InvalidInputError(
            "PUT takes the bytes of the image as they are; send a form with POST /images.",
            field=hdrs.CONTENT_TYPE,
        )
    image, effect = await request.app[LIBRARY].uploads.store(
        principal.tenant,
        reference,
        stream_body(request),
        declared_bytes=request.content_length,
        precondition=_precondition(request),
    )
    return image_answer(request, view, image, STATUS_OF[effect])


@principal_needed(Role.EDITOR)
async def patch_image(request: web.Request, principal: Principal) -> web.Response:
    """`PATCH /images({reference})`."""
    reference, view = _reference(request), view_of(request)
    changes = parse_edit(await read_json(request))
    image = await request.app[LIBRARY].images.edit(
        principal.tenant, reference, changes, _precondition(request)
    )
    return image_answer(request, view, image)


@principal_needed(Role.EDITOR)
async def delete_image(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE /images({reference})`: soft, or for good with `purge=true`."""
    images, reference = request.app[LIBRARY].images, _reference(request)
    if flag(read_query(request.rel_url.raw_query_string), "purge"):
        require(principal, Role.ADMIN)
        await images.purge(principal.tenant, reference, _precondition(request))
    else:
        await images.delete(principal.tenant, reference, _precondition(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


@principal_needed(Role.EDITOR)
async def reprocess_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images({reference})/reprocess`."""
    reference, view = _reference(request), view_of(request)
    image = await request.app[LIBRARY].images.reprocess(
        principal.tenant, reference, _precondition(request)
    )
    return image_answer(request, view, image, HTTPStatus.ACCEPTED)


@principal_needed(Role.EDITOR)
async def restore_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images/by-uid/{uid}/restore`."""
    view = view_of(request)
    try:
        uid = UUID(request.match_info["uid"])
    except ValueError as error:
        raise InvalidInputError("This is not a UUID.", field="uid") from error
    image = await request.app[LIBRARY].images.restore(principal.tenant, uid)
    return image_answer(request, view, image)


def _reference(request: web.Request) -> Reference:
    reference = reference_in(request.rel_url.raw_path)
    structlog.contextvars.bind_contextvars(image=reference)
    return reference


def _precondition(request: web.Request) -> Precondition:
    return precondition_of(
        request.headers.get(hdrs.IF_MATCH), request.headers.get(hdrs.IF_NONE_MATCH)
    )
