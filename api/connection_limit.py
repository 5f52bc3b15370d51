"""How many connections may be open at once, and the 503 that one too many is sent."""

import asyncio
import resource
from http import HTTPStatus
from typing import cast

import orjson
from uuid_utils.compat import uuid4

from api.middlewares import ON_EVERY_ANSWER
from api.problems import CONTENT_TYPE, problem

MAX_CONNECTIONS = 2000

FILES_EACH = 3
"""Open files of a connection that uploads: its socket and two parts of the body."""
FILES_BESIDES = 400
"""Open files besides: connections to S3, Postgres and Redis, logs, modules."""

MAX_REFUSALS = 200
"""So many connections are sent the 503 at once; those beyond are closed without an answer."""
RETRY_AFTER_S = 5
LINGERING_S = 2.0
"""Time for the 503 to arrive: closing with unread input sends a reset, which may overtake it."""

_DETAIL = "Too many connections are open; try again in a moment."


def most_connections() -> int:
    """Raise this process' limit of open files as needed; return how many connections fit."""
    wanted = MAX_CONNECTIONS * FILES_EACH + FILES_BESIDES
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < wanted:
        files = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, (files - FILES_BESIDES) // FILES_EACH))


class Refusals:
    """The connections being refused; `origin` is the base URL of the problem's type."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._open: set[Refusal] = set()

    def add(self, transport: asyncio.Transport) -> None:
        """Take a connection over from its protocol, answer it and close it."""
        if len(self._open) >= MAX_REFUSALS:
            transport.abort()
            return
        refusal = Refusal(self._open, self._origin)
        transport.set_protocol(refusal)
        refusal.connection_made(transport)


class Refusal(asyncio.Protocol):
    """One connection that is sent the 503, whatever it requests."""

    def __init__(self, others: "set[Refusal]", origin: str) -> None:
        self._others = others
        self._origin = origin
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer, and hang up once the client has, or soon after."""
        self._others.add(self)
        client = cast("asyncio.Transport", transport)
        client.write(_answer(self._origin))
        client.write_eof()
        self._end = asyncio.get_running_loop().call_later(LINGERING_S, client.abort)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Make room for another."""
        self._others.discard(self)
        if self._end is not None:
            self._end.cancel()


def _answer(origin: str) -> bytes:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    body = orjson.dumps(problem(origin, "", status, "unavailable", _DETAIL))
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {CONTENT_TYPE}",
        f"Content-Length: {len(body)}",
        f"Retry-After: {RETRY_AFTER_S}",
        "Cache-Control: no-store",
        "Connection: close",
        f"X-Request-ID: {uuid4()}",
        *(f"{name}: {value}" for name, value in ON_EVERY_ANSWER.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
