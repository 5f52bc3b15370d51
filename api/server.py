"""Serving: aiohttp's runner, whose own refusals are problems too."""

import asyncio
import gc
import re
import signal
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, InvalidURLError
from aiohttp.web_protocol import RequestHandler, _ErrInfo
from aiohttp.web_request import BaseRequest
from aiohttp.web_server import Server

from api.app import make_app
from api.context import LIBRARY
from api.crowd import MAX_CONNECTIONS, Refusals, most_connections
from api.faults import of_http
from api.middlewares import request_id_of, stamp
from api.patience import Patience
from api.problems import problem, problem_of, problem_response
from api.processes import die_with_parent
from api.shown import shown_path
from shared.pulse import Pulse, end_when_stuck
from shared.settings import Settings

Handler = Callable[[BaseRequest], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)

_QUOTING = re.compile(r"[\n:\"]|(?<!\w)'")
"""Where the parser's messages begin to repeat what they are about."""

_CUT_SHORT = {
    "Duplicate": "A header that is to come once came twice",
    "Missing": "A header is missing that has to come, as Host has",
}
"""Messages of which nothing else is left then."""

SHUTDOWN_S = 1.5
"""aiohttp waits for it twice, and we tidy up after that: the supervisor allows more than it all."""
LINGERING_S = 2.0
"""How long a body that nobody wants is still read, so that its sender sees the answer."""

TIDYING_S = 0.8
"""For what was cancelled to note in Postgres that it was; beyond that its deadline says so."""

FIRST_REQUEST_S = 30.0
"""A connection that has not sent a whole head by then is closed."""
KEEPALIVE_S = 620.0
"""Of a connection that asks for nothing more: a little over what load balancers keep (600 s)."""

STUCK_S = 30.0
"""A connection between requests whose client has not taken the last answer by then is given up."""
MAX_LOOKS = 16
"""So many connections are looked at to find one that can make room."""

MAX_LINE_BYTES = 32 * 1024
"""Of a request's line and of each header: filters are long once percent-encoded."""


class ProblemHandler(RequestHandler):
    """One connection: what the parser refuses is answered in the form of all the others."""

    __slots__ = ("_patience", "_server", "_silence")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the client a while to ask for something, if there is room for it."""
        self._server = cast("ProblemServer", self._manager)
        self._silence: asyncio.TimerHandle | None = None
        self._patience = Patience(cast("asyncio.Transport", transport))
        if self._server.is_full and not self._server.make_room():
            self._server.refusals.add(cast("asyncio.Transport", transport))
            return
        super().connection_made(transport)
        self._silence = self._loop.call_later(FIRST_REQUEST_S, self._close_if_silent)
        self._server.idle[self] = self._loop.time()

    def data_received(self, data: bytes) -> None:
        """Hand on what has come; a body that cannot be read on fails at once."""
        super().data_received(data)
        if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
            self._break_off()

    def _break_off(self) -> None:
        """Have the body that is being read fail: aiohttp's parser has let go of it.

        Its request is answered for it, and then the connection ends.
        """
        if len(self._messages) > 1 or self._current_request is None:
            return
        body = self._current_request.content
        if body.is_eof():
            return
        self._messages.clear()
        self._close = True
        body.set_exception(web.RequestPayloadError("The body cannot be read on."))
        body.feed_eof()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let nothing hold on to a connection that is gone."""
        if self._silence is None:  # it was refused
            return
        self._silence.cancel()
        self._patience.end()
        self._server.idle.pop(self, None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Keep what waits to be sent for a while, not for ever."""
        super().pause_writing()
        self._patience.begin()

    def resume_writing(self) -> None:
        """Be content: the client has taken it."""
        super().resume_writing()
        self._patience.end()

    def give_way(self, idle_since: float) -> bool:
        """Close the connection if it is between requests; False if it is not quite so.

        The next request may be in our hands already, or the client be taking the last answer.
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
        """Say what is wrong with the request, and close the connection.

        Where an answer is on its way already, closing is all that can be said.
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
        path = shown_path(request)
        response = problem_response(problem(self._server.origin, path, status, code, detail))
        stamp(response, request_id)
        response.force_close()
        return response


def _cause(error: BaseException | None, message: str) -> str:
    """Return what aiohttp's parser says, but nothing of the request: its URL may hold a key."""
    if isinstance(error, InvalidURLError):
        return "The target of the request is no URL"
    said = _QUOTING.split(message, maxsplit=1)[0].rstrip(". ")
    return _CUT_SHORT.get(said, said)


class AnswerCutError(ConnectionError):
    """An answer that had begun cannot be ended as promised; aiohttp then hangs up."""


class ProblemServer(Server):
    """Makes the handlers above, for at most `max_connections` at once."""

    max_connections = MAX_CONNECTIONS
    origin: str
    refusals: Refusals
    idle: OrderedDict[ProblemHandler, float]
    """Those between requests, and since when; the one that has been so longest is first."""

    def __call__(self) -> RequestHandler:
        """Return the protocol of one connection."""
        return ProblemHandler(self, loop=self._loop, **self._kwargs)

    @property
    def is_full(self) -> bool:
        """Whether one more connection is one too many."""
        return len(self._connections) >= self.max_connections

    def make_room(self) -> bool:
        """Close the connection that has been idle longest; False if none is found soon."""
        for _ in range(min(MAX_LOOKS, len(self.idle))):
            idlest = next(iter(self.idle))
            if idlest.give_way(self.idle[idlest]):
                del self.idle[idlest]
                return True
            self.idle.move_to_end(idlest)
        return False

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 aiohttp's
        """Cancel what still runs, and let it tidy up while there is a database to tell."""
        running = {task for one in self._connections if (task := one._task_handler)}  # noqa: SLF001
        await super().shutdown(timeout)
        if running:
            await asyncio.wait(running, timeout=TIDYING_S)


class ProblemRunner(web.AppRunner):
    """Runs an application behind `ProblemServer`."""

    max_connections = MAX_CONNECTIONS

    async def _make_server(self) -> Server:
        server = await super()._make_server()
        origin = self.app[LIBRARY].settings.origin
        bounded = ProblemServer(
            _explaining(server.request_handler, origin),
            request_factory=server.request_factory,
            loop=asyncio.get_running_loop(),
            **server._kwargs,  # noqa: SLF001 aiohttp hands its settings on in no other way
        )
        bounded.max_connections, bounded.refusals = self.max_connections, Refusals(origin)
        bounded.origin, bounded.idle = origin, OrderedDict()
        return bounded


def _explaining(handler: Handler, origin: str) -> Handler:
    """Turn into problems what aiohttp raises before any middleware runs, as for a wrong Expect.

    An answer in place of one that has begun would be read as a part of that.
    """

    async def explained(request: BaseRequest) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            path = shown_path(request)
            fault = of_http(path, error)
            response = problem_response(problem_of(origin, path, fault), fault.headers)
            stamp(response, request_id_of(request))
        if request.writer.output_size > 0 and not response.prepared:
            raise AnswerCutError
        return response

    return explained


def make_runner(app: web.Application, *, max_connections: int = MAX_CONNECTIONS) -> ProblemRunner:
    """Return a runner with the server's limits."""
    runner = ProblemRunner(
        app,
        keepalive_timeout=KEEPALIVE_S,
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
        max_line_size=MAX_LINE_BYTES,
        lingering_time=LINGERING_S,
        auto_decompress=False,  # a few MB would keep the event loop busy for seconds with their GBs
    )
    runner.max_connections = max_connections
    return runner


async def serve(settings: Settings, sockets: Sequence[socket.socket], pulse: Pulse) -> None:
    """Serve on these sockets until SIGINT or SIGTERM."""
    end_when_stuck(pulse)
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    die_with_parent()
    runner = make_runner(make_app(settings), max_connections=most_connections())
    await runner.setup()
    try:
        for each in sockets:
            await web.SockSite(runner, each, backlog=1024).start()
        gc.collect()
        gc.freeze()  # what lives as long as we do is looked through no more
        log.info("listening", host=settings.host, port=settings.port)
        await stop.wait()
    finally:
        await runner.cleanup()
