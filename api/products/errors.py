"""Errors in the contract's form: a message, and details that name reason and field."""

from http import HTTPStatus

import orjson
from aiohttp import web

from api.faults import Fault


def products_error(_request: web.Request, fault: Fault) -> web.Response:
    """Render a fault."""
    details = [{"reason": fault.code, "field": fault.field or ""}]
    headers = {"Cache-Control": "no-store", **fault.headers}
    if fault.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="fototeca"'
    return web.Response(
        body=orjson.dumps({"message": fault.detail, "details": details}),
        status=fault.status,
        content_type="application/json",
        headers=headers,
    )
