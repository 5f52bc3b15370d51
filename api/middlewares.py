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
from api.problems import domain_problem, problem, problem_response, retry_header
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
        path=request.rel_url.raw_path[:MAX_LOGGED_PATH],
        status=status,
        ms=round(seconds * 1000, 1),
    )


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what handlers raise into a problem; what is not expected is logged and a 500."""
    origin = request.app[LIBRARY].settings.origin
    instance = request.rel_url.raw_path
    try:
        return await handler(request)
    except DomainError as error:
        if isinstance(error, UnavailableError):
            log.warning("unavailable", detail=error.detail, cause=repr(error.__cause__))
        return problem_response(domain_problem(origin, instance, error), retry_header(error))
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return http_problem(origin, instance, error)
    except ConnectionError:  # the client went away
        raise
    except Exception:
        log.exception("unexpected")
        body = problem(
            origin,
            instance,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here, not with your request; the log has it by request id.",
        )
        return problem_response(body)


def http_problem(origin: str, instance: str, error: web.HTTPException) -> web.Response:
    """Say in our form what aiohttp raised."""
    code = HTTPStatus(error.status).phrase.lower().replace(" ", "-")
    detail = error.text or error.reason
    if isinstance(error, web.HTTPNotFound):
        detail = f"There is nothing at {instance}."
    elif isinstance(error, web.HTTPMethodNotAllowed):
        detail = (
            f"{error.method} is not for {instance}; try {', '.join(sorted(error.allowed_methods))}."
        )
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return problem_response(problem(origin, instance, error.status, code, detail), headers)


def stamped(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer carries."""
    stamp(response, request.get(REQUEST_ID))


def stamp(response: web.StreamResponse, request_id: str | None) -> None:
    """Add them to an answer that goes out past the application, too."""
    response.headers.update(ON_EVERY_ANSWER)
    if request_id is not None:
        response.headers[_REQUEST_ID_HEADER] = request_id


def request_id_of(request: BaseRequest) -> str:
    """Return the id that it has, else the client's own where that is sane, else a new one."""
    known: str | None = request.get(REQUEST_ID)
    if known is not None:
        return known
    given = request.headers.get(_REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())
