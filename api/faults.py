"""What went wrong, as HTTP knows it, before a contract puts it into its own words."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from aiohttp import web

from shared.domain import errors

STATUS_OF: dict[type[errors.DomainError], HTTPStatus] = {
    errors.InvalidInputError: HTTPStatus.BAD_REQUEST,
    errors.UnfitBodyError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MissingKeyError: HTTPStatus.UNAUTHORIZED,
    errors.InvalidKeyError: HTTPStatus.BAD_REQUEST,
    errors.UnauthorizedError: HTTPStatus.UNAUTHORIZED,
    errors.StaleNonceError: HTTPStatus.UNAUTHORIZED,
    errors.TooManyGuessesError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ForbiddenError: HTTPStatus.FORBIDDEN,
    errors.AddressUnsignedError: HTTPStatus.FORBIDDEN,
    errors.AddressExpiredError: HTTPStatus.FORBIDDEN,
    errors.TenantDisabledError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.GoneError: HTTPStatus.GONE,
    errors.EventsGoneError: HTTPStatus.GONE,
    errors.TooManyStreamsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.TooManyUploadsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BusyError: HTTPStatus.CONFLICT,
    errors.StillRunningError: HTTPStatus.CONFLICT,
    errors.KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.QuotaExceededError: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.DiskFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.UnsupportedEncodingError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.UploadTimeoutError: HTTPStatus.REQUEST_TIMEOUT,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StorageRefusedError: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A status, a stable word for the kind, a sentence, and the member or header at fault.

    `members` are figures for programs, where the contract has a place for them.
    `fields` is what is wrong with a body, by member, where more than one may be.
    """

    status: HTTPStatus
    code: str
    detail: str
    field: str | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    members: Mapping[str, object] = dataclasses.field(default_factory=dict)
    fields: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)


Renderer: TypeAlias = Callable[[web.Request, Fault], web.Response]

CONTRACTS = web.AppKey("contracts", tuple[tuple[str, Renderer], ...])
"""Path prefixes of the contracts with errors of their own form; all others have problems."""

INTERNAL = Fault(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal",
    "Something went wrong here, not with your request; the log has it by request id.",
)


def status_of(kind: type[errors.DomainError]) -> HTTPStatus:
    """Return the status for a kind of error: its own, or that of what it is a kind of."""
    return next(STATUS_OF[each] for each in kind.__mro__ if each in STATUS_OF)


def of_domain(error: errors.DomainError) -> Fault:
    """Return the fault for a domain error."""
    later = error.retry_after_s
    return Fault(
        status_of(type(error)),
        error.code,
        error.detail,
        error.field,
        {} if later is None else {"Retry-After": str(later)},
        error.members,
        error.fields if isinstance(error, errors.UnfitBodyError) else {},
    )


def of_http(instance: str, error: web.HTTPException) -> Fault:
    """Return the fault for an error that aiohttp raised."""
    status = HTTPStatus(error.status)
    detail = error.text or error.reason
    if isinstance(error, web.HTTPNotFound):
        detail = f"There is nothing at {instance}."
    elif isinstance(error, web.HTTPMethodNotAllowed):
        methods = ", ".join(sorted(error.allowed_methods))
        detail = f"{error.method} is not for {instance}; try {methods}."
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Fault(status, status.phrase.lower().replace(" ", "-"), detail, headers=headers)
