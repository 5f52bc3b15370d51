"""The contract as OpenAPI describes it."""

from http import HTTPStatus

from api.openapi.parts import (
    PRINTABLE,
    Contract,
    Json,
    Refusals,
    answer,
    body,
    call,
    header,
    later,
    listed,
    path,
    query,
    record,
    ref,
    text,
    told,
    whole,
)
from api.products.mapping import DEFAULT_SIZE, MAX_NAME, MAX_SIZE, MAX_SKIP
from api.products.sbom import CONTENT_TYPE

_SECURITY: list[Json] = [{"accessToken": []}, {"clientCredentials": []}]
_REFUSALS = Refusals(
    ref("ProductsError"),
    "application/json",
    {
        400: "The request is wrong.",
        401: "No access token, or one that is over.",
        403: "The role of the credential is too low, or the tenant is disabled.",
        404: "There is no such product, image or file.",
        408: "The body took longer than it may.",
        409: "The hashes are being made, or the bytes have not come.",
        413: "The body is larger than 1 MiB.",
        415: "The body is compressed or encoded.",
        422: "The Idempotency-Key was used for another request.",
        429: "Too many wrong tokens from this address, or too many files open.",
        503: "Postgres or S3 is away.",
        507: "No room: the tenant's quota is used up, or the disk is nearly full.",
    },
    later(409, 429, 503)
    | {401: told("WWW-Authenticate", {"const": 'Bearer realm="fototeca"'}, "How to log in.")},
)
_READING = (400, 401, 403, 404, 429, 503)
_READ = _REFUSALS.of(*_READING)
_WRITTEN = _REFUSALS.of(*_READING, 408, 413, 415)

_ULID = text(pattern="^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")
_NAME = text(1, MAX_NAME, pattern=PRINTABLE)
_TIME = text(format="date-time")
_SHOWN_ID = text(pattern="^[0-7][0-9A-HJKMNP-TV-Z]{25}$")
_PRODUCT_ID = path("productId", _ULID, "A ULID.", example="01JQPGDX8QW0YJ0XEKV1EVG534")
_IMAGE_ID = path("imageId", _ULID, "A ULID.", example="01JQPGDX8QW0YJ0XEKV1EVG535")
_WINDOW = (
    query("skip", whole(0, MAX_SKIP, default=0), "How many to pass over."),
    query("size", whole(1, MAX_SIZE, default=DEFAULT_SIZE), "How many to show at most."),
)
_IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    text(1, 255, pattern=r"^[\x21\x23-\x2b\x2d-\x7e]{1,255}$"),
    "The same request with the same key is done once.",
)
_REPLAYED = told("Idempotency-Replayed", {"const": "true"}, "It is an earlier one.", required=False)

_SCHEMAS: dict[str, Json] = {
    "ProductsError": record(
        {
            "message": text(1),
            "details": listed(record({"reason": text(1), "field": text()})),
        }
    ),
    "Product": record({"id": _SHOWN_ID, "name": text(1), "createTime": _TIME}),
    "ProductImage": record(
        {
            "id": _SHOWN_ID,
            "name": text(1),
            "version": text(1),
            "createTime": _TIME,
            "author": text(),
            "parent": text(pattern="^products/[0-9A-Z]{26}$"),
            "hashes": record(
                {"sha256": text(pattern="^[0-9a-f]{64}$"), "md5": text(pattern="^[0-9a-f]{32}$")}
            ),
        },
        ["id", "name", "version", "createTime", "author", "parent"],
        description="`hashes` with `withHashes=true`.",
    ),
}
_SBOM: Json = {
    "type": "object",
    "required": ["bomFormat", "specVersion", "components"],
    "properties": {
        "bomFormat": {"const": "CycloneDX"},
        "specVersion": {"const": "1.6"},
        "components": {"type": "array", "minItems": 1, "maxItems": 1},
    },
}

_PRODUCTS = "/api/v4/products"
_PRODUCT = _PRODUCTS + "/{productId}"
_IMAGES = _PRODUCT + "/images"
_IMAGE = _IMAGES + "/{imageId}"

_PATHS: dict[str, Json] = {
    _PRODUCTS: {
        "get": call(
            "listProducts",
            "List products",
            {200: answer("A page.", record({"products": listed(ref("Product"))}))},
            _REFUSALS.of(400, 401, 403, 429, 503),
            parameters=_WINDOW,
            security=_SECURITY,
        ),
        "post": call(
            "createProduct",
            "Create a product",
            {HTTPStatus.CREATED: answer("It is new.", ref("Product"), headers=_REPLAYED)},
            _REFUSALS.of(400, 401, 403, 408, 409, 413, 415, 422, 429, 503),
            parameters=[_IDEMPOTENCY_KEY],
            request=body(record({"name": _NAME}), example={"name": "Router"}),
            security=_SECURITY,
        ),
    },
    _PRODUCT: {
        "parameters": [_PRODUCT_ID],
        "get": call(
            "getProduct",
            "Read one product",
            {200: answer("The product.", ref("Product"))},
            _READ,
            security=_SECURITY,
        ),
    },
    _PRODUCT + "/tempFiles:generateUploadUrl": {
        "parameters": [_PRODUCT_ID],
        "get": call(
            "generateUploadUrl",
            "Get a URL to PUT a file to",
            {200: answer("PUT the bytes there.", record({"id": _ULID, "uploadUrl": text(1)}))},
            _READ | _REFUSALS.of(507),
            security=_SECURITY,
        ),
    },
    _IMAGES + ":upload": {
        "parameters": [_PRODUCT_ID],
        "post": call(
            "uploadProductImage",
            "Make an uploaded file an image",
            {201: answer("It is new.", ref("ProductImage"), headers=_REPLAYED)},
            _WRITTEN | _REFUSALS.of(409, 422, 507),
            parameters=[_IDEMPOTENCY_KEY],
            request=body(
                record(
                    {"tempFileId": _ULID, "imageName": _NAME, "version": _NAME, "filename": _NAME}
                ),
                example={
                    "tempFileId": "01JQPGDX8QW0YJ0XEKV1EVG534",
                    "imageName": "Firmware v1.2",
                    "version": "1.2.0",
                    "filename": "bios.bin",
                },
            ),
            security=_SECURITY,
        ),
    },
    _IMAGES: {
        "parameters": [_PRODUCT_ID],
        "get": call(
            "listProductImages",
            "List a product's images",
            {200: answer("A page.", record({"images": listed(ref("ProductImage"))}))},
            _READ,
            parameters=_WINDOW,
            security=_SECURITY,
        ),
    },
    _IMAGE: {
        "parameters": [_PRODUCT_ID, _IMAGE_ID],
        "get": call(
            "getProductImage",
            "Read one image",
            {200: answer("The image.", ref("ProductImage"))},
            _READ | _REFUSALS.of(409),
            parameters=[query("withHashes", {"type": "boolean"}, "With its hashes.")],
            security=_SECURITY,
        ),
        "patch": call(
            "patchProductImage",
            "Change name and version",
            {200: answer("As it is now.", ref("ProductImage"))},
            _WRITTEN | _REFUSALS.of(409),
            request=body(
                record({"name": _NAME, "version": _NAME}, (), minProperties=1),
                example={"version": "1.2.1"},
            ),
            security=_SECURITY,
        ),
    },
    _IMAGE + "/report/sbom": {
        "parameters": [_PRODUCT_ID, _IMAGE_ID],
        "get": call(
            "getSbom",
            "Read the image's SBOM",
            {200: answer("CycloneDX.", _SBOM, media_type=CONTENT_TYPE)},
            _READ | _REFUSALS.of(409),
            security=_SECURITY,
        ),
    },
}

CONTRACT = Contract(
    "products",
    "Versions of binary images that belong to products, after Binarly's REST API v4.",
    _PATHS,
    _SCHEMAS,
)
