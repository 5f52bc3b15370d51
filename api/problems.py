"""Faults as RFC 9457 problem details: the form of every call without a contract of its own."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from api.context import LIBRARY
from api.faults import Fault, of_domain
from api.redaction import redacted_path
from shared.domain.errors import DomainError

CONTENT_TYPE = "application/problem+json"


def problem(
    origin: str, instance: str, status: int, code: str, detail: str, field: str | None = None
) -> dict[str, Any]:
    """Return the members of a problem; `code` ends its `type`, and is stable."""
    body: dict[str, Any] = {
        "type": f"{origin}/errors/{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": instance,
    }
    return body | ({"field": field} if field else {})


def problem_of(origin: str, instance: str, fault: Fault) -> dict[str, Any]:
    """Return the members of a problem for a fault."""
    body = problem(origin, instance, fault.status, fault.code, fault.detail, fault.field)
    return {**body, **fault.members}


def domain_problem(origin: str, instance: str, error: DomainError) -> dict[str, Any]:
    """Return the members of a problem for a domain error."""
    return problem_of(origin, instance, of_domain(error))


def problem_answer(request: web.Request, fault: Fault) -> web.Response:
    """Answer a request with the problem."""
    origin = request.app[LIBRARY].settings.origin
    return problem_response(problem_of(origin, redacted_path(request), fault), fault.headers)


def problem_response(
    body: dict[str, Any], headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a response with this problem."""
    return web.Response(
        body=orjson.dumps(body),
        status=body["status"],
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
