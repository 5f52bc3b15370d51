"""The contract as OpenAPI describes it."""

from api.openapi.parts import (
    Contract,
    Json,
    Refusals,
    answer,
    call,
    later,
    listed,
    record,
    ref,
    text,
    told,
)

_REFUSALS = Refusals(
    ref("ConnectErrors"),
    "application/json",
    {
        400: "The request, or the answer to the challenge, is not as it must be.",
        401: "Log in as the challenges say; `stale=true`: with this nonce.",
        429: "Too many wrong passwords from this address.",
        503: "Postgres is away.",
    },
    later(429, 503)
    | {401: told("WWW-Authenticate", text(1, pattern="^Digest "), "SHA-256 first, then MD5.")},
)

_PATHS: dict[str, Json] = {
    "/token": {
        "post": call(
            "logIn",
            "Get an access token by HTTP Digest",
            {200: answer("A token for half an hour.", ref("AccessToken"))},
            _REFUSALS.of(400, 401, 429, 503),
            security=[{"digest": []}],
        )
    },
}

CONTRACT = Contract(
    "connect",
    "Editorial metadata of images, for newsrooms.",
    _PATHS,
    {
        "ConnectErrors": listed(
            record({"status": {"type": "integer"}, "error": text(1)}), 1, minItems=1
        )
    },
    {
        "digest": {
            "type": "http",
            "scheme": "digest",
            "description": "RFC 7616; `fototeca credential create --kind digest` makes users.",
        }
    },
)
