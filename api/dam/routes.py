"""The DAM contract's calls on one image and on the list: parse, one use case, render."""

from http import HTTPStatus
from urllib.parse import quote
from uuid import UUID

import structlog
from aiohttp import hdrs, web

from api.auth import principal_needed
from api.bodies import defer_continue, read_json, stream_body
from api.context import LIBRARY
from api.dam.answers import document_answer, image_answer, view_of
from api.dam.conditions import precondition
from api.dam.creation import complete_image, post_images
from api.dam.edits import parse_edit
from api.dam.odata.query import flag, read_query
from api.dam.paths import ONE, reference_of
from api.dam.statuses import STATUS_OF
from shared.domain.errors import InvalidInputError, NotFoundError
from shared.domain.image import Principal, Role
from shared.usecases.access.keys import require
from shared.usecases.editing.changing import Find, by_reference, by_uid

DUPLICATES = "Fototeca-Duplicates"
"""Other references of the tenant with the same bytes, percent-encoded, at most ten."""

SLASHED = r"/images{key:\([^/]*/.*\)(/reprocess)?}"


def image_routes() -> list[web.RouteDef]:
    """Return the routes of one image: tried before other patterns, for most calls are theirs."""
    return [
        web.get(ONE, get_image),
        web.put(ONE, put_image, expect_handler=defer_continue),
        web.patch(ONE, patch_image, expect_handler=defer_continue),
        web.delete(ONE, delete_image),
    ]


def routes() -> list[web.RouteDef]:
    """Return the contract's other routes."""
    return [
        web.post("/images", post_images, expect_handler=defer_continue),
        web.post(ONE + "/reprocess", reprocess_image),
        web.post(ONE + "/complete", complete_image),
        web.delete("/images/by-uid/{uid}", delete_by_uid),
        web.post("/images/by-uid/{uid}/restore", restore_image),
        web.route("*", SLASHED, explain_slash),
    ]


@principal_needed(Role.READER)
async def get_image(request: web.Request, principal: Principal) -> web.StreamResponse:
    """`GET /images({reference})`, with `$select` and `If-None-Match`."""
    view = view_of(request, principal)
    document = await request.app[LIBRARY].images.show(
        principal.tenant, reference_of(request), view.documents, view.addresses.base
    )
    return document_answer(request, view, document)


@principal_needed(Role.EDITOR)
async def put_image(request: web.Request, principal: Principal) -> web.Response:
    """`PUT /images({reference})`: upload or replace, the raw body streamed."""
    reference, view = reference_of(request), view_of(request, principal)
    if request.content_type.startswith("multipart/"):
        raise InvalidInputError(
            "PUT takes the bytes of the image as they are; send a form with POST /images.",
            field=hdrs.CONTENT_TYPE,
        )
    if hdrs.CONTENT_RANGE in request.headers:  # RFC 9110, section 14.5
        raise InvalidInputError(
            "PUT takes the whole file, never a range of it; leave Content-Range out.",
            field=hdrs.CONTENT_RANGE,
        )
    stored = await request.app[LIBRARY].uploads.store(
        principal.tenant,
        reference,
        stream_body(request),
        declared_bytes=request.content_length,
        precondition=precondition(request),
    )
    answer = image_answer(view, stored.image, STATUS_OF[stored.effect])
    if stored.duplicates:
        answer.headers[DUPLICATES] = ", ".join(quote(name, safe="") for name in stored.duplicates)
    return answer


@principal_needed(Role.EDITOR)
async def patch_image(request: web.Request, principal: Principal) -> web.Response:
    """`PATCH /images({reference})`."""
    reference, view = reference_of(request), view_of(request, principal)
    edit = parse_edit(await read_json(request))
    image = await request.app[LIBRARY].editor.edit(
        principal.tenant, reference, edit, precondition(request)
    )
    return image_answer(view, image)


@principal_needed(Role.EDITOR)
async def delete_image(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE /images({reference})`: soft, or for good with `purge=true`."""
    return await _delete(request, principal, by_reference(principal.tenant, reference_of(request)))


@principal_needed(Role.EDITOR)
async def delete_by_uid(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE /images/by-uid/{uid}`: the same, also of an image that is deleted softly already."""
    return await _delete(request, principal, by_uid(principal.tenant, _uid(request)))


async def _delete(request: web.Request, principal: Principal, find: Find) -> web.Response:
    images = request.app[LIBRARY].images
    if flag(read_query(request.rel_url.raw_query_string, ("purge",)), "purge"):
        require(principal, Role.ADMIN)
        image = await images.purge(find, precondition(request))
    else:
        image = await images.delete(find, precondition(request))
    _log_as(image.reference)
    return web.Response(status=HTTPStatus.NO_CONTENT)


@principal_needed(Role.EDITOR)
async def reprocess_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images({reference})/reprocess`."""
    reference, view = reference_of(request), view_of(request, principal)
    image = await request.app[LIBRARY].images.reprocess(
        principal.tenant, reference, precondition(request)
    )
    return image_answer(view, image, HTTPStatus.ACCEPTED)


@principal_needed(Role.EDITOR)
async def restore_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images/by-uid/{uid}/restore`."""
    view = view_of(request, principal)
    image = await request.app[LIBRARY].images.restore(principal.tenant, _uid(request))
    _log_as(image.reference)
    return image_answer(view, image)


async def explain_slash(request: web.Request) -> web.Response:
    """Answer for a reference of which a `/` was sent as it is."""
    path = request.rel_url.raw_path
    start, _, rest = path.partition("(")
    key, _, end = rest.rpartition(")")
    literal = f"{start}({key.replace('/', '%2F')}){end}"
    raise NotFoundError(
        f"There is nothing at {path}. A / in a reference is sent as %2F: try {literal}"
    )


def _uid(request: web.Request) -> UUID:
    try:
        uid = UUID(request.match_info["uid"])
    except ValueError as error:
        raise InvalidInputError("This is not a UUID.", field="uid") from error
    _log_as(str(uid))  # all there is to say if no image has it
    return uid


def _log_as(image: str) -> None:
    """Have the request's log lines say which image they are about: its reference, if known."""
    structlog.contextvars.bind_contextvars(image=image)
