"""The token endpoint as OpenAPI describes it."""

from api.openapi.parts import (
    Contract,
    Json,
    Refusals,
    answer,
    body,
    call,
    later,
    record,
    ref,
    text,
    told,
)

_FORM = "application/x-www-form-urlencoded"
_SECURITY: list[Json] = [{}, {"clientBasic": []}]
_REFUSALS = Refusals(
    ref("OAuthError"),
    "application/json",
    {
        400: "The request is wrong; `error` is a word of RFC 6749, section 5.2.",
        401: "The client is not known.",
        403: "The tenant is disabled.",
        408: "The body took longer than it may.",
        413: "The form is larger than 16 KiB.",
        415: "The body is compressed or encoded.",
        429: "Too many wrong secrets from this address.",
        503: "Postgres is away.",
    },
    later(429, 503) | {401: told("WWW-Authenticate", text(1, pattern="^Basic "), "How to log in.")},
)
_REFUSED = _REFUSALS.of(400, 401, 403, 408, 413, 415, 429, 503)
_NO_STORE = told("Cache-Control", {"const": "no-store"}, "A secret is not to be kept.")
_CLIENT: dict[str, Json] = {"client_id": text(), "client_secret": text()}
"""Without a value is as left out (RFC 6749, section 3.2)."""

_PATHS: dict[str, Json] = {
    "/oauth/token": {
        "post": call(
            "grantToken",
            "Get an access token by client credentials (RFC 6749, section 4.4)",
            {200: answer("A token for half an hour.", ref("AccessToken"), headers=_NO_STORE)},
            _REFUSED,
            request=body(
                record(
                    {"grant_type": {"const": "client_credentials"}, **_CLIENT},
                    ["grant_type"],
                    description="`client_id` and `client_secret` here, or as Basic.",
                    additionalProperties=True,  # RFC 6749 has what is unknown ignored
                ),
                media_type=_FORM,
            ),
            security=_SECURITY,
        )
    },
    "/oauth/revoke": {
        "post": call(
            "revokeToken",
            "End an access token (RFC 7009)",
            {200: answer("It is over, or was no token of this client.", headers=_NO_STORE)},
            _REFUSED,
            request=body(
                record({"token": text(1), **_CLIENT}, ["token"], additionalProperties=True),
                media_type=_FORM,
            ),
            security=_SECURITY,
        )
    },
}

CONTRACT = Contract(
    "oauth",
    "Access tokens for programs.",
    _PATHS,
    {
        "AccessToken": record(
            {
                "access_token": text(1),
                "token_type": {"const": "Bearer"},
                "expires_in": {"type": "integer", "minimum": 1},
            }
        ),
        "OAuthError": record(
            {
                "error": {
                    "enum": [
                        "invalid_request",
                        "invalid_client",
                        "invalid_scope",
                        "unsupported_grant_type",
                        "server_error",
                    ]
                },
                "error_description": text(1),
            }
        ),
    },
    {
        "clientBasic": {
            "type": "http",
            "scheme": "basic",
            "description": "Client id and secret, of `fototeca credential create --kind oauth`.",
        },
        "clientCredentials": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
        },
        "accessToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `/oauth/token` or `/token`.",
        },
    },
)
