"""Files, and the images that are made of them: `/uploads`, `/assets/images`."""

import re
from http import HTTPStatus

from aiohttp import web

from api.addresses import addresses_for
from api.backoffice.answers import PREFIX, data_answer
from api.backoffice.mapping import image_data, sayings_of, upload_data
from api.backoffice.requests import caller_needed, read_body, uuid_in
from api.backoffice.schema import ImageBody, ImageChangeBody, UploadBody, file_id
from api.bodies import defer_continue
from api.context import LIBRARY
from api.files import url_of
from api.idempotency import claim_of, idempotent
from shared.domain.errors import InvalidInputError, NotFoundError
from shared.domain.image import Principal, Role
from shared.usecases.editorial.assets import Asset
from shared.usecases.uploads.staging import Creation

IMAGES = f"{PREFIX}/assets/images"
ONE = IMAGES + "/by-id/{id:[^/]+}"

_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.post(f"{PREFIX}/uploads", post_upload, expect_handler=defer_continue),
        web.post(IMAGES, post_image, expect_handler=defer_continue),
        web.get(ONE, get_image),
        web.patch(ONE, patch_image, expect_handler=defer_continue),
        web.delete(ONE, delete_image),
        web.post(ONE + "/restore", restore_image, expect_handler=defer_continue),
        web.get(IMAGES + "/by-key/{key:[^/]+}", get_image_by_key),
        web.get(IMAGES + "/by-hash/{hash:[^/]+}", get_image_by_hash),
    ]


@caller_needed(Role.EDITOR)
@idempotent
async def post_upload(request: web.Request, principal: Principal) -> web.Response:
    """`POST /uploads`: a key for a file, and where its bytes go."""
    wanted = await read_body(request, UploadBody)
    ticket = await request.app[LIBRARY].staging.open(principal.tenant, wanted.name)
    return data_answer(upload_data(ticket, url_of(request, ticket)), HTTPStatus.CREATED)


@caller_needed(Role.EDITOR)
@idempotent
async def post_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /assets/images`: makes an image of a file whose bytes have come."""
    wanted = await read_body(request, ImageBody)
    asset = await request.app[LIBRARY].assets.create(
        principal.tenant,
        wanted.file_key,
        Creation(wanted.name, gravity=wanted.gravity),
        sayings_of(wanted.locales),
        claim_of(request),
    )
    return _answer(request, principal, asset, HTTPStatus.CREATED)


@caller_needed(Role.READER)
async def get_image(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/by-id/{id}`."""
    assets = request.app[LIBRARY].assets
    return _answer(request, principal, await assets.by_uid(principal.tenant, uuid_in(request)))


@caller_needed(Role.READER)
async def get_image_by_key(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/by-key/{file_key}`."""
    uid = file_id(request.match_info["key"])
    if uid is None:
        raise NotFoundError("There is no image of this file.")
    return _answer(
        request, principal, await request.app[LIBRARY].assets.by_uid(principal.tenant, uid)
    )


@caller_needed(Role.READER)
async def get_image_by_hash(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/by-hash/{sha256}`."""
    digits = request.match_info["hash"]
    if not _SHA256.fullmatch(digits):
        raise InvalidInputError("A hash is the SHA-256 in 64 hexadecimal digits.", field="hash")
    assets = request.app[LIBRARY].assets
    return _answer(
        request, principal, await assets.by_sha256(principal.tenant, bytes.fromhex(digits))
    )


@caller_needed(Role.EDITOR)
async def patch_image(request: web.Request, principal: Principal) -> web.Response:
    """`PATCH …/by-id/{id}`: says this in these languages, and nothing in others."""
    uid, wanted = uuid_in(request), await read_body(request, ImageChangeBody)
    sayings = sayings_of(wanted.locales)
    asset = await request.app[LIBRARY].assets.say(principal.tenant, uid, sayings)
    return _answer(request, principal, asset)


@caller_needed(Role.EDITOR)
async def delete_image(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE …/by-id/{id}`: softly, and once more is the same."""
    assets = request.app[LIBRARY].assets
    return _answer(request, principal, await assets.delete(principal.tenant, uuid_in(request)))


@caller_needed(Role.EDITOR)
async def restore_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST …/by-id/{id}/restore`: with the URLs that it had."""
    assets = request.app[LIBRARY].assets
    return _answer(request, principal, await assets.restore(principal.tenant, uuid_in(request)))


def _answer(
    request: web.Request, principal: Principal, asset: Asset, status: HTTPStatus = HTTPStatus.OK
) -> web.Response:
    data = image_data(asset, addresses_for(request, principal))
    location = f"{IMAGES}/by-id/{data['id']}" if status is HTTPStatus.CREATED else None
    return data_answer(data, status, location=location)
