"""Serving: aiohttp's runner, whose own refusals are problems too."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
import uvloop
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from aiohttp.web_server import Server

from api.app import make_app
from api.middlewares import http_problem
from api.problems import problem, problem_response
from shared.logging import configure_logging
from shared.settings import Settings

Handler = Callable[[BaseRequest], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)

SHUTDOWN_S = 2.0
"""aiohttp waits for it twice; the supervisor and container engines allow more than that."""
LINGERING_S = 2.0
"""How long a body that nobody wants is still read, so that its sender sees the answer."""

FIRST_REQUEST_S = 30.0
"""A connection that has not sent a whole head by then is closed."""

MAX_LINE_BYTES = 32 * 1024
"""Of a request's line and of each header: filters are long once percent-encoded."""


class ProblemHandler(RequestHandler):
    """Answers what the parser refuses with a problem, in the form of all the others."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the client a while to ask for something."""
        super().connection_made(transport)
        asyncio.get_running_loop().call_later(FIRST_REQUEST_S, self._close_if_silent)

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
        """Say what is wrong with the request, and close the connection."""
        if not isinstance(exc, HttpProcessingError | ConnectionError):
            log.error("unexpected", error=repr(exc))
        detail = (message or "The request cannot be read").split("\n", 1)[0].rstrip(".: ") + "."
        code = HTTPStatus(status).phrase.lower().replace(" ", "-")
        response = problem_response(problem("", request.rel_url.raw_path, status, code, detail))
        response.force_close()
        return response


class ProblemServer(Server):
    """Makes the handlers above."""

    def __call__(self) -> RequestHandler:
        """Return the protocol of one connection."""
        return ProblemHandler(self, loop=self._loop, **self._kwargs)


class ProblemRunner(web.AppRunner):
    """Runs an application behind `ProblemServer`."""

    async def _make_server(self) -> Server:
        server = await super()._make_server()
        return ProblemServer(
            _explaining(server.request_handler),
            request_factory=server.request_factory,
            loop=asyncio.get_running_loop(),
            **server._kwargs,  # noqa: SLF001 aiohttp hands its settings on in no other way
        )


def _explaining(handler: Handler) -> Handler:
    """Turn into problems what aiohttp raises before any middleware runs, as for a wrong Expect."""

    async def explained(request: BaseRequest) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            return http_problem("", request.rel_url.raw_path, error)

    return explained


def make_runner(app: web.Application) -> ProblemRunner:
    """Return a runner with the server's limits."""
    return ProblemRunner(
        app,
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
        max_line_size=MAX_LINE_BYTES,
        lingering_time=LINGERING_S,
    )


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    runner = make_runner(make_app(settings))
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
        log.info("listening", host=settings.host, port=settings.port)
        await stop.wait()
    finally:
        await runner.cleanup()


def main(settings: Settings) -> None:
    """Run the API in this process."""
    configure_logging(settings, service="api")
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(settings))
