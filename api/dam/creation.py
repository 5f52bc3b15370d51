"""`POST /images`, and `…/complete`: new images by form, or announced as JSON."""

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from aiohttp import hdrs, web

from api.auth import principal_needed
from api.bodies import has_body, read_json
from api.context import LIBRARY
from api.dam.answers import entity_headers, image_answer, json_answer, view_of
from api.dam.form import post_form
from api.dam.paths import path_of, reference_of
from api.dam.presigned import parse_announcement, parse_completion, upload_member
from api.dam.sources import parse_source
from api.idempotency import claim_of, idempotent
from shared.domain.errors import InvalidInputError
from shared.domain.image import Principal, Role

FORM = "multipart/form-data"
JSON = "application/json"


@principal_needed(Role.EDITOR)
@idempotent
async def post_images(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images`: creates, never replaces."""
    if request.content_type == FORM:
        return await post_form(request, principal)
    if request.content_type == JSON:
        body = await read_json(request)
        by_url = isinstance(body, dict) and "sourceUrl" in body
        return await (_import if by_url else _announce)(request, principal, body)
    raise InvalidInputError(
        f"POST /images takes {FORM} with one or more files, or {JSON} that announces one.",
        field=hdrs.CONTENT_TYPE,
    )


async def _announce(request: web.Request, principal: Principal, body: Any) -> web.Response:
    """Create an image in Vd, and say where its bytes go."""
    view, wanted = view_of(request, principal), parse_announcement(body)
    structlog.contextvars.bind_contextvars(image=wanted.reference)
    image, ticket = await request.app[LIBRARY].incoming.open(
        principal.tenant, wanted, claim_of(request)
    )
    answer = view.render(image) | {"upload": upload_member(ticket, zoned=view.dialect.is_minimal)}
    headers = entity_headers(view, image.row_version) | {
        hdrs.LOCATION: path_of(image.reference),
        hdrs.CACHE_CONTROL: "no-store",  # whoever has the URLs can write
    }
    return json_answer(orjson.dumps(answer), view.dialect, HTTPStatus.CREATED, headers)


async def _import(request: web.Request, principal: Principal, body: Any) -> web.Response:
    """Create an image in Up, which a worker fetches."""
    view, (reference, url, tags) = view_of(request, principal), parse_source(body)
    structlog.contextvars.bind_contextvars(image=reference)
    image = await request.app[LIBRARY].sources.create(
        principal.tenant, reference, url, tags, claim_of(request)
    )
    return image_answer(view, image, HTTPStatus.CREATED)


@principal_needed(Role.EDITOR)
async def complete_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /images({reference})/complete`: twice is the same as once."""
    reference, view = reference_of(request), view_of(request, principal)
    etags = parse_completion(await read_json(request)) if await has_body(request) else None
    image = await request.app[LIBRARY].completion.complete(principal.tenant, reference, etags)
    return image_answer(view, image, HTTPStatus.ACCEPTED)
