"""Errors as RFC 9457 problem details: the one place that turns domain errors into HTTP."""

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from shared.domain import errors

CONTENT_TYPE = "application/problem+json"

STATUS_OF: dict[type[errors.DomainError], HTTPStatus] = {
    errors.InvalidInputError: HTTPStatus.BAD_REQUEST,
    errors.MissingKeyError: HTTPStatus.UNAUTHORIZED,
    errors.InvalidKeyError: HTTPStatus.BAD_REQUEST,
    errors.TooManyGuessesError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ForbiddenError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.GoneError: HTTPStatus.GONE,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.TooManyUploadsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BusyError: HTTPStatus.CONFLICT,
    errors.StillRunningError: HTTPStatus.CONFLICT,
    errors.KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedEncodingError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.UploadTimeoutError: HTTPStatus.REQUEST_TIMEOUT,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StorageRefusedError: HTTPStatus.SERVICE_UNAVAILABLE,
}


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


def domain_problem(origin: str, instance: str, error: errors.DomainError) -> dict[str, Any]:
    """Return the members of a problem for a domain error."""
    status = STATUS_OF[type(error)]
    return problem(origin, instance, status, error.code, error.detail, error.field)


def problem_response(body: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
    """Wrap a problem."""
    return web.Response(
        body=orjson.dumps(body),
        status=body["status"],
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def retry_header(error: errors.DomainError) -> dict[str, str]:
    """Return `Retry-After` where the error says when."""
    return {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
