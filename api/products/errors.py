"""Errors in the contract's form: a message, and details that name reason and field."""

from http import HTTPStatus

import orjson
from aiohttp import hdrs, web

from api.faults import Fault


def products_error(request: web.Request, fault: Fault) -> web.Response:
    """Render a fault."""
    details = [{"reason": fault.code, "field": fault.field or ""}]
    headers = {"Cache-Control": "no-store", **fault.headers}
    if fault.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = _challenge(request)
    return web.Response(
        body=orjson.dumps({"message": fault.detail, "details": details}),
        status=fault.status,
        content_type="application/json",
        headers=headers,
    )


def _challenge(request: web.Request) -> str:
    """Ask for a token, and say where one came that is none (RFC 6750, section 3.1)."""
    told = ', error="invalid_token"' if hdrs.AUTHORIZATION in request.headers else ""
    return f'Bearer realm="fototeca"{told}'
