"""Errors in the contract's form: an array of one object with status and error."""

from http import HTTPStatus

import orjson
from aiohttp import web

from api.authorization import challenges
from api.faults import Fault
from shared.domain.errors import StaleNonceError


def connect_error(request: web.Request, fault: Fault) -> web.Response:
    """Render a fault; a 401 brings the Digest challenges."""
    response = web.Response(
        body=orjson.dumps([{"status": int(fault.status), "error": fault.detail}]),
        status=fault.status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **fault.headers},
    )
    if fault.status is HTTPStatus.UNAUTHORIZED:
        response.headers.extend(challenges(request, stale=fault.code == StaleNonceError.code))
    return response
