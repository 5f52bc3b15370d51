"""The contract's calls: parse, one use case, render."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from aiohttp import web

from api.auth import Handler
from api.authorization import bearer_principal
from api.bodies import defer_continue, read_json
from api.context import LIBRARY
from api.files import url_of
from api.idempotency import claim_of, idempotent
from api.products.mapping import (
    image_wire,
    parse_change,
    parse_flag,
    parse_id,
    parse_new_image,
    parse_product,
    parse_window,
    product_wire,
)
from api.products.sbom import CONTENT_TYPE, sbom_of
from shared.domain.image import Principal, Role
from shared.domain.ulid import ulid_of
from shared.usecases.access.keys import require
from shared.usecases.products.products import Products

PRODUCTS = "/api/v4/products"
PRODUCT = PRODUCTS + "/{productId}"
IMAGES = PRODUCT + "/images"
IMAGE = IMAGES + "/{imageId}"


def routes() -> list[web.RouteDef]:
    """Return the contract's routes."""
    return [
        web.post(PRODUCTS, create_product, expect_handler=defer_continue),
        web.get(PRODUCTS, list_products),
        web.get(PRODUCT, get_product),
        # No HEAD: each makes a file that waits for its bytes, and nobody would learn its URL.
        web.get(PRODUCT + "/tempFiles:generateUploadUrl", generate_upload_url, allow_head=False),
        web.post(IMAGES + ":upload", upload_image, expect_handler=defer_continue),
        web.get(IMAGES, list_images),
        web.get(IMAGE, get_image),
        web.patch(IMAGE, patch_image, expect_handler=defer_continue),
        web.get(IMAGE + "/report/sbom", get_sbom),
    ]


def token_needed(role: Role) -> Callable[[Handler], Callable[[web.Request], Awaitable[Any]]]:
    """Give a handler its principal, by access token, whose role is at least `role`."""

    def decorate(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        @wraps(handler)
        async def authenticated(request: web.Request) -> web.StreamResponse:
            principal = await bearer_principal(request)
            require(principal, role)
            return await handler(request, principal)

        return authenticated

    return decorate


@token_needed(Role.EDITOR)
@idempotent
async def create_product(request: web.Request, principal: Principal) -> web.Response:
    """`POST /products`."""
    name = parse_product(await read_json(request))
    product = await _products(request).create(principal.tenant, name, claim_of(request))
    return web.json_response(product_wire(product), status=HTTPStatus.CREATED)


@token_needed(Role.READER)
async def list_products(request: web.Request, principal: Principal) -> web.Response:
    """`GET /products`, with `skip` and `size`."""
    skip, size = parse_window(request.query)
    page = await _products(request).page(principal.tenant, skip, size)
    return web.json_response({"products": [product_wire(product) for product in page]})


@token_needed(Role.READER)
async def get_product(request: web.Request, principal: Principal) -> web.Response:
    """`GET /products/{productId}`."""
    product = await _products(request).product(principal.tenant, _id(request, "productId"))
    return web.json_response(product_wire(product))


@token_needed(Role.EDITOR)
async def generate_upload_url(request: web.Request, principal: Principal) -> web.Response:
    """`GET /products/{productId}/tempFiles:generateUploadUrl`: where a file's bytes go."""
    ticket = await _products(request).open(principal.tenant, _id(request, "productId"))
    answer = {"id": ulid_of(ticket.id), "uploadUrl": url_of(request, ticket)}
    return web.json_response(answer, headers={"Cache-Control": "no-store"})


@token_needed(Role.EDITOR)
@idempotent
async def upload_image(request: web.Request, principal: Principal) -> web.Response:
    """`POST /products/{productId}/images:upload`: make an uploaded file an image."""
    new = parse_new_image(await read_json(request))
    image = await _products(request).add(
        principal, _id(request, "productId"), new, claim_of(request)
    )
    return web.json_response(image_wire(image), status=HTTPStatus.CREATED)


@token_needed(Role.READER)
async def list_images(request: web.Request, principal: Principal) -> web.Response:
    """`GET /products/{productId}/images`, with `skip` and `size`."""
    skip, size = parse_window(request.query)
    page = await _products(request).images(principal.tenant, _id(request, "productId"), skip, size)
    return web.json_response({"images": [image_wire(image) for image in page]})


@token_needed(Role.READER)
async def get_image(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/images/{imageId}`, with `withHashes`."""
    with_hashes = parse_flag(request.query, "withHashes")
    image = await _products(request).image(principal.tenant, *_ids(request))
    return web.json_response(image_wire(image, with_hashes=with_hashes))


@token_needed(Role.EDITOR)
async def patch_image(request: web.Request, principal: Principal) -> web.Response:
    """`PATCH …/images/{imageId}`: name and version."""
    name, version = parse_change(await read_json(request))
    image = await _products(request).edit(principal.tenant, *_ids(request), name, version)
    return web.json_response(image_wire(image))


@token_needed(Role.READER)
async def get_sbom(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/images/{imageId}/report/sbom`."""
    image = await _products(request).image(principal.tenant, *_ids(request))
    text = await asyncio.to_thread(sbom_of, image)
    return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})


def _products(request: web.Request) -> Products:
    return request.app[LIBRARY].products


def _ids(request: web.Request) -> tuple[UUID, UUID]:
    return _id(request, "productId"), _id(request, "imageId")


def _id(request: web.Request, name: str) -> UUID:
    return parse_id(request.match_info[name], name)
