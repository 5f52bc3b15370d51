"""Around every request: an id, one log line, metrics, and errors as problems."""

import re
import time
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_request import BaseRequest
from multidict import istr
from uuid_utils import uuid4

from api.context import LIBRARY, REQUEST_ID
from api.faults import CONTRACTS, INTERNAL, Fault, of_domain, of_http
from api.problems import problem_answer
from api.redaction import redacted_path
from shared.domain.errors import DomainError, UnavailableError

log = structlog.get_logger("api.request")

MAX_LOGGED_PATH = 500

ON_EVERY_ANSWER = {istr("Server"): "fototeca", istr("X-Content-Type-Options"): "nosniff"}
_REQUEST_ID_HEADER = istr("X-Request-ID")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, log and count the answer."""
    request_id = request_id_of(request)
    started = time.monotonic()
    # What is bound here ends with the request: aiohttp handles each in a task of its own.
    structlog.contextvars.bind_contextvars(request_id=request_id)
    request[REQUEST_ID] = request_id
    response: web.StreamResponse | None = None
    try:
        response = await handler(request)
    finally:
        _record(request, response, time.monotonic() - started)
    return response


def _record(request: web.Request, response: web.StreamResponse | None, seconds: float) -> None:
    status = response.status if response is not None else 499
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    request.app[LIBRARY].metrics.observe(request.method, route, status, seconds)
    level = "debug" if route in _QUIET else "info"
    getattr(log, level)(
        "request",
        method=request.method,
        path=redacted_path(request)[:MAX_LOGGED_PATH],
        status=status,
        ms=round(seconds * 1000, 1),
    )


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Render what handlers raise in the contract's form; unexpected errors are logged (500)."""
    try:
        return await handler(request)
    except DomainError as error:
        if isinstance(error, UnavailableError):
            log.warning("unavailable", detail=error.detail, cause=repr(error.__cause__))
        return _rendered(request, of_domain(error))
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _rendered(request, of_http(redacted_path(request), error))
    except ConnectionError:  # the client went away
        raise
    except Exception:
        log.exception("unexpected")
        return _rendered(request, INTERNAL)


def _rendered(request: web.Request, fault: Fault) -> web.Response:
    path = request.rel_url.raw_path
    for prefix, render in request.app[CONTRACTS]:
        if path.startswith(prefix):
            return render(request, fault)
    return problem_answer(request, fault)


def stamped(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer carries."""
    stamp(response, request.get(REQUEST_ID))


def stamp(response: web.StreamResponse, request_id: str | None) -> None:
    """Add them to a response that does not pass through the application."""
    response.headers.update(ON_EVERY_ANSWER)
    if request_id is not None:
        response.headers[_REQUEST_ID_HEADER] = request_id


def request_id_of(request: BaseRequest) -> str:
    """Return the id that it has, else the client's own where that is sane, else a new one."""
    known: str | None = request.get(REQUEST_ID)
    if known is not None:
        return known
    given = request.headers.get(_REQUEST_ID_HEADER)
    return given if given and _REQUEST_ID.fullmatch(given) else str(uuid4())
