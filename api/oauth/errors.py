"""Errors of the token endpoint in the form of RFC 6749, section 5.2."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from aiohttp import web

from api.authorization import NO_STORE
from api.faults import Fault


def oauth_error(_request: web.Request, fault: Fault) -> web.Response:
    """Render a fault; a client that is not known is told how to log in."""
    if fault.status is HTTPStatus.UNAUTHORIZED:
        challenge = {"WWW-Authenticate": 'Basic realm="fototeca", charset="UTF-8"'}
        return error_answer(fault.status, "invalid_client", fault.detail, challenge)
    word = "invalid_request" if fault.status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    return error_answer(fault.status, word, fault.detail, fault.headers)


def error_answer(
    status: HTTPStatus, word: str, description: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with one of the RFC's words, and a sentence in its narrow set of characters."""
    sentence = description.replace('"', "'").replace("\\", "/").encode("ascii", "replace").decode()
    return web.Response(
        body=orjson.dumps({"error": word, "error_description": sentence}),
        status=status,
        content_type="application/json",
        headers={**NO_STORE, **(headers or {})},
    )
