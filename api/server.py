"""Serving: aiohttp's runner with our limits, and what it refuses by itself as problems."""

import asyncio
import gc
import signal
import socket
from collections import OrderedDict
from collections.abc import Sequence
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest
from aiohttp.web_server import Server

from api.app import make_app
from api.connection import AnswerCutError, Handler, ProblemServer
from api.connection_limit import MAX_CONNECTIONS, Refusals, most_connections
from api.context import LIBRARY
from api.faults import of_http
from api.middlewares import request_id_of, stamp
from api.problems import problem_of, problem_response
from api.redaction import redacted_path
from shared.settings import Settings
from shared.watchdog import Heartbeat, end_when_stuck, end_with_parent

log = structlog.get_logger(__name__)

SHUTDOWN_S = 1.5
"""aiohttp waits for it twice, and `TIDYING_S` follows: the supervisor allows more than all that."""
LINGERING_S = 2.0
"""How long the body of a refused request is still read, so that its sender sees the response."""

KEEPALIVE_S = 620.0
"""Of an idle connection: a little more than load balancers keep theirs (600 s)."""

MAX_LINE_BYTES = 32 * 1024
"""Of the request line and of each header: filters are long once percent-encoded."""


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
    """Turn what aiohttp raises before any middleware runs, as for a wrong Expect, into problems.

    Where a response has begun, the connection is cut: a second one would be read as part of it.
    """

    async def explained(request: BaseRequest) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            path = redacted_path(request)
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


async def serve(settings: Settings, sockets: Sequence[socket.socket], heartbeat: Heartbeat) -> None:
    """Serve on these sockets until SIGINT or SIGTERM."""
    end_when_stuck(heartbeat)
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    end_with_parent()
    runner = make_runner(make_app(settings), max_connections=most_connections())
    await runner.setup()
    try:
        for each in sockets:
            await web.SockSite(runner, each, backlog=1024).start()
        gc.collect()
        gc.freeze()  # what lives as long as the process need not be scanned again
        log.info("listening", host=settings.host, port=settings.port)
        await stop.wait()
    finally:
        await runner.cleanup()
