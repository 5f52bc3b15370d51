"""Errors in the contract's form: `{"errors": {"detail": …, "fields"?: …}}`."""

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from api.faults import Fault
from shared.domain.errors import InvalidKeyError


def backoffice_error(_request: web.Request, fault: Fault) -> web.Response:
    """Render a fault; here a key that is not known is as good as none."""
    is_unknown_key = fault.code == InvalidKeyError.code
    status = HTTPStatus.UNAUTHORIZED if is_unknown_key else fault.status
    errors: dict[str, Any] = {"detail": fault.detail}
    if fields := fault.fields or ({fault.field: [fault.detail]} if fault.field else None):
        errors["fields"] = fields
    return web.Response(
        body=orjson.dumps({"errors": errors}),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **fault.headers},
    )
