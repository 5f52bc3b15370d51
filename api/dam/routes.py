"""The DAM contract's calls on one image and on the list: parse, one use case, render."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
import structlog
from aiohttp import hdrs, web

from api.auth import principal_needed
from api.bodies import defer_continue, read_json, stream_body
from api.context import LIBRARY
from api.dam.mapping import etag_of, parse_edit, parse_select, precondition_of, render
from api.dam.options import parse_options
from api.dam.paths import path_of, reference_in
from api.dam.several import post_images
from shared.domain.errors import InvalidInputError
from shared.domain.image import Image, Principal, Role
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
        web.get("/images", list_images),
        web.post("/images", post_images, expect_handler=defer_continue),
        web.get(ONE, get_image),
        web.put(ONE, put_image, expect_handler=defer_continue),
        web.patch(ONE, patch_image, expect_handler=defer_continue),
        web.delete(ONE, delete_image),
        web.post(ONE + "/reprocess", reprocess_image),
        web.post("/images/by-uid/{uid}/restore", restore_image),
    ]


@principal_needed(Role.READER)
async def list_images(request: web.Request, principal: Principal) -> web.Response:
    """`GET /images`."""
    library = request.app[LIBRARY]
    _refuse_repeated(request)
    query = parse_options(request.rel_url.query)
    if query.deleted:
        require(principal, Role.EDITOR)
    fields = parse_select(request.rel_url.query.get("$select"))
    images = await library.images.page(principal.tenant, query)
    base = library.settings.cdn_base
    return _json({"value": [render(image, fields, base) for image in images]})


@principal_needed(Role.READER)
async def get_image(request: web.Request, principal: Principal) -> web.Response:
    """`GET /images({reference})`, with `$select` and `If-None-Match`."""
    fields = _selected(request)
    image = await request.app[LIBRARY].images.get(principal.tenant, _reference(request))
    response = _image(request, image, fields)
    if _etag_matches(request.headers.get(hdrs.IF_NONE_MATCH), response.headers[hdrs.ETAG]):
        return web.Response(
            status=HTTPStatus.NOT_MODIFIED, headers={hdrs.ETAG: response.headers[hdrs.ETAG]}
        )
    return response


@principal_needed(Role.EDITOR)
async def put_image(request: web.Request, principal: Principal) -> web.Response:
    """`PUT /images({reference})`: upload or replace, the raw body streamed."""
    reference, fields = _reference(request), _selected(request)
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
    return _image(request, image, fields, STATUS_OF[effect])


@principal_needed(Role.EDITOR)
async def patch_image(request: web.Request, principal: Principal) -> web.Response:
    """`PATCH /images({reference})`."""
    reference, fields = _reference(request), _selected(request)
    changes = parse_edit(await read_json(request))
    image = await request.app[LIBRARY].images.edit(
        principal.tenant, reference, changes, _precondition(request)
    )
    return _image(request, image, fields)


@principal_needed(Role.EDITOR)
async def delete_image(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE /images({reference})`: soft, or for good with `purge=true`."""
    images, reference = request.app[LIBRARY].images, _reference(request)
    _refuse_repeated(request)
    purge = request.rel_url.query.get("purge", "false")
    if purge not in {"true", "false"}:
        raise InvalidInputError(f"purge is true or false, not {purge!r}.", field="purge")
    if purge == "true":
        require(principal, Role.ADMIN)
        await images.purge(principal.tenant, reference, _precondition(request))
    else:
        await images.delete(principal.tenant, reference, _precondition(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


@principal_needed(Role.EDITOR)
async def reprocess_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images({reference})/reprocess`."""
    reference, fields = _reference(request), _selected(request)
    image = await request.app[LIBRARY].images.reprocess(
        principal.tenant, reference, _precondition(request)
    )
    return _image(request, image, fields, HTTPStatus.ACCEPTED)


@principal_needed(Role.EDITOR)
async def restore_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images/by-uid/{uid}/restore`."""
    fields = _selected(request)
    try:
        uid = UUID(request.match_info["uid"])
    except ValueError as error:
        raise InvalidInputError("This is not a UUID.", field="uid") from error
    image = await request.app[LIBRARY].images.restore(principal.tenant, uid)
    return _image(request, image, fields)


def _reference(request: web.Request) -> Reference:
    reference = reference_in(request.rel_url.raw_path)
    structlog.contextvars.bind_contextvars(image=reference)
    return reference


def _selected(request: web.Request) -> tuple[str, ...]:
    _refuse_repeated(request)
    return parse_select(request.rel_url.query.get("$select"))


def _refuse_repeated(request: web.Request) -> None:
    for name in request.rel_url.query:
        if len(request.rel_url.query.getall(name)) > 1:
            raise InvalidInputError(f"The option {name} is given more than once.", field=name)


def _precondition(request: web.Request) -> Precondition:
    return precondition_of(
        request.headers.get(hdrs.IF_MATCH), request.headers.get(hdrs.IF_NONE_MATCH)
    )


def _etag_matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    candidates = (part.strip().removeprefix("W/") for part in header.split(","))
    return header.strip() == "*" or etag in candidates


def _image(
    request: web.Request, image: Image, fields: tuple[str, ...], status: int = HTTPStatus.OK
) -> web.Response:
    base = request.app[LIBRARY].settings.cdn_base
    headers: dict[str, str] = {
        hdrs.ETAG: etag_of(image, fields, base),
        hdrs.CACHE_CONTROL: "private, no-cache",
    }
    if status == HTTPStatus.CREATED:
        headers[hdrs.LOCATION] = path_of(image.reference)
    return _json(render(image, fields, base), status, headers)


def _json(
    body: dict[str, Any], status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/json"
    )
