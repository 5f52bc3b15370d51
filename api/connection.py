"""One HTTP connection: when it is closed, and problems for requests that the parser refuses.

Idle connections give way to new ones, silent ones are closed, and those of clients that do not read
their response are cut off.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, InvalidURLError
from aiohttp.web_protocol import RequestHandler, _ErrInfo
from aiohttp.web_request import BaseRequest
from aiohttp.web_server import Server

from api.connection_limit import MAX_CONNECTIONS, Refusals
from api.middlewares import request_id_of, stamp
from api.problems import problem, problem_response
from api.redaction import redacted_path
from api.send_timeout import SendTimeout

Handler = Callable[[BaseRequest], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)

_QUOTING = re.compile(r"[\n:\"]|(?<!\w)'")
"""Where the parser's messages begin to quote the request."""

_CUT_SHORT = {
    "Duplicate": "A header that is to come once came twice",
    "Missing": "A header is missing that has to come, as Host has",
}
"""Whole sentences for messages of which only this much is left."""

TIDYING_S = 0.8
"""For cancelled requests to clean up in Postgres; what does not get done is left to deadlines."""

FIRST_REQUEST_S = 30.0
"""A connection that has not sent a whole head by then is closed."""
STUCK_S = 30.0
"""An idle connection whose client has not read the last response by then may be closed."""
MAX_LOOKS = 16
"""How many connections are looked at to find one that can be closed."""


class ProblemHandler(RequestHandler):
    """One connection; what the parser refuses is answered with a problem, like all else."""

    __slots__ = ("_send_timeout", "_server", "_silence")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Refuse the connection if there is no room; else wait `FIRST_REQUEST_S` for a request."""
        self._server = cast("ProblemServer", self._manager)
        self._silence: asyncio.TimerHandle | None = None
        self._send_timeout = SendTimeout(cast("asyncio.Transport", transport))
        if self._server.is_full and not self._server.make_room():
            self._server.refusals.add(cast("asyncio.Transport", transport))
            return
        super().connection_made(transport)
        self._silence = self._loop.call_later(FIRST_REQUEST_S, self._close_if_silent)
        self._server.idle[self] = self._loop.time()

    def data_received(self, data: bytes) -> None:
        """Parse what has been received; a body that is malformed fails at once."""
        super().data_received(data)
        if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
            self._fail_body()

    def _fail_body(self) -> None:
        """Have the body that is being read fail: aiohttp's parser has dropped it.

        Its request is answered for it, and then the connection is closed.
        """
        if len(self._messages) > 1 or self._current_request is None:
            return
        body = self._current_request.content
        if body.is_eof():
            return
        self._messages.clear()
        self._close = True
        body.set_exception(web.RequestPayloadError("The body is malformed."))
        body.feed_eof()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Cancel the timers and forget the connection."""
        if self._silence is None:  # it was refused
            return
        self._silence.cancel()
        self._send_timeout.end()
        self._server.idle.pop(self, None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin the time limit: the write buffer is full."""
        super().pause_writing()
        self._send_timeout.begin()

    def resume_writing(self) -> None:
        """End the time limit: the client has read enough."""
        super().resume_writing()
        self._send_timeout.end()

    def give_way(self, idle_since: float) -> bool:
        """Close the connection if it is idle, and return whether it was.

        It is not while the next request has been received, nor while the client still reads the
        last response.
        """
        is_waiting = self._waiter is not None and not self._waiter.done()
        if not is_waiting or self.transport is None:
            return False
        is_stuck = self._loop.time() - idle_since > STUCK_S
        if self.transport.get_write_buffer_size() > 0 and not is_stuck:
            return False
        self.transport.abort()
        return True

    async def _handle_request(
        self,
        request: BaseRequest,
        start_time: float | None,
        request_handler: Handler,
    ) -> tuple[web.StreamResponse, bool]:
        idle = self._server.idle
        idle.pop(self, None)
        try:
            return await super()._handle_request(request, start_time, request_handler)
        finally:
            if self.transport is not None:
                idle[self] = self._loop.time()

    def _close_if_silent(self) -> None:
        if self._request_count == 0 and self.transport is not None:
            self.transport.close()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer with a problem that says what is wrong, and close the connection.

        Raises AnswerCutError where a response has begun already: all that can be done is to close.
        """
        request_id = request_id_of(request)
        if isinstance(exc, HttpProcessingError):
            log.info("request_refused", request_id=request_id, detail=_cause(exc, exc.message))
        elif not isinstance(exc, ConnectionError):
            log.error("unexpected", request_id=request_id, error=repr(exc))
        if request.writer.output_size > 0:
            raise AnswerCutError from exc
        detail = _cause(exc, message or "The request cannot be read") + "."
        code = HTTPStatus(status).phrase.lower().replace(" ", "-")
        path = redacted_path(request)
        response = problem_response(problem(self._server.origin, path, status, code, detail))
        stamp(response, request_id)
        response.force_close()
        return response


def _cause(error: BaseException | None, message: str) -> str:
    """Return what aiohttp's parser says, without quoting the request: its URL may hold a key."""
    if isinstance(error, InvalidURLError):
        return "The target of the request is no URL"
    said = _QUOTING.split(message, maxsplit=1)[0].rstrip(". ")
    return _CUT_SHORT.get(said, said)


class AnswerCutError(ConnectionError):
    """A response that had begun cannot be completed; aiohttp closes the connection then."""


class ProblemServer(Server):
    """Makes a `ProblemHandler` for each connection, `max_connections` at most at once."""

    max_connections = MAX_CONNECTIONS
    origin: str
    refusals: Refusals
    idle: OrderedDict[ProblemHandler, float]
    """Idle connections and since when (loop time); the one idle longest is first."""

    def __call__(self) -> RequestHandler:
        """Return the protocol for a new connection."""
        return ProblemHandler(self, loop=self._loop, **self._kwargs)

    @property
    def is_full(self) -> bool:
        """Whether one more connection is one too many."""
        return len(self._connections) >= self.max_connections

    def make_room(self) -> bool:
        """Close the connection that has been idle longest; False if none of the first can be."""
        for _ in range(min(MAX_LOOKS, len(self.idle))):
            idlest = next(iter(self.idle))
            if idlest.give_way(self.idle[idlest]):
                del self.idle[idlest]
                return True
            self.idle.move_to_end(idlest)
        return False

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 aiohttp's
        """Cancel running requests, and let them clean up while the database is still open."""
        running = {task for one in self._connections if (task := one._task_handler)}  # noqa: SLF001
        await super().shutdown(timeout)
        if running:
            await asyncio.wait(running, timeout=TIDYING_S)
