"""The contract as OpenAPI describes it."""

from api.openapi.parts import (
    Contract,
    Json,
    Refusals,
    answer,
    call,
    later,
    listed,
    nullable,
    path,
    query,
    record,
    ref,
    text,
    told,
    whole,
)
from shared.usecases.editorial.texts import DEFAULT_LANGUAGE

_REFUSALS = Refusals(
    ref("ConnectErrors"),
    "application/json",
    {
        400: "The request, or the answer to the challenge, is not as it must be.",
        401: "Log in as the challenges say; `stale=true`: with this nonce.",
        403: "The tenant is disabled.",
        404: "There is no such image.",
        429: "Too many wrong passwords from this address.",
        503: "Postgres is away.",
    },
    later(429, 503)
    | {401: told("WWW-Authenticate", text(1, pattern="^Digest "), "SHA-256 first, then MD5.")},
)

_RANGE = r"^(\*|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8})?$"
_LISTS = (
    "ApplicableProductOfferings",
    "AuthorizationConstraints",
    "EditorialSegments",
    "EventIds",
    "ReferralDestinations",
    "SizesDownloadableImages",
)
_TEXTS = (
    "Artist",
    "ArtistTitle",
    "Caption",
    "City",
    "CollectionId",
    "CollectionName",
    "ColorType",
    "Copyright",
    "Country",
    "CreditLine",
    "EditorialSourceId",
    "EditorialSourceName",
    "GraphicStyle",
    "ImageFamily",
    "ImageId",
    "LicensingModel",
    "ReleaseMessage",
    "StateProvince",
    "Title",
    "UrlComp",
    "UrlPreview",
    "UrlWatermarkComp",
    "UrlWatermarkPreview",
)
_IMAGE = record(
    {
        **{name: text() for name in _TEXTS},
        **{name: listed({}, 0) for name in _LISTS},
        "DateCreated": nullable(text(description="ISO 8601, with a zone where it is known.")),
        "DateSubmitted": text(format="date-time"),
        "EventId": {"type": "null"},
        "Keywords": listed(record({"Id": text(1), "Text": text(), "Type": {"const": "Keyword"}})),
        "QualityRank": {"type": "null"},
        "Restrictions": listed(text()),
    },
    description="Every field is there; what is not known is an empty text or list, or null.",
)

_PATHS: dict[str, Json] = {
    "/token": {
        "post": call(
            "logIn",
            "Get an access token by HTTP Digest",
            {200: answer("A token for half an hour.", ref("AccessToken"))},
            _REFUSALS.of(400, 401, 403, 429, 503),
            security=[{"digest": []}],
        )
    },
    "/api/images/{id}": {
        "parameters": [path("id", whole(1), "The `id` of the DAM contract.", example=7)],
        "get": call(
            "getEditorialImage",
            "Read what is known of a photograph",
            {200: answer("The photograph.", ref("EditorialImages"))},
            _REFUSALS.of(400, 401, 403, 404, 429, 503),
            parameters=[
                query(
                    "language",
                    text(0, 90, pattern=_RANGE, default=DEFAULT_LANGUAGE),
                    "A basic language range of RFC 4647.",
                    example="de",
                )
            ],
            security=[{"accessToken": []}, {"digest": []}],
        ),
    },
}

CONTRACT = Contract(
    "connect",
    "Editorial metadata of images, for newsrooms.",
    _PATHS,
    {
        "EditorialImages": record(
            {"CoordinationId": text(1), "Images": listed(_IMAGE, 1, minItems=1)}
        ),
        "ConnectErrors": listed(
            record({"status": {"type": "integer"}, "error": text(1)}), 1, minItems=1
        ),
    },
    {
        "digest": {
            "type": "http",
            "scheme": "digest",
            "description": "RFC 7616; `fototeca credential create --kind digest` makes users.",
        }
    },
)
