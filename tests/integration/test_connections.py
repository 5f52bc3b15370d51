"""Connections: so many and no more; the idle give way; no second answer in one."""

import asyncio
import gc
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import pytest
from aiohttp import web

from api.app import make_app
from api.connection import ProblemHandler, ProblemServer
from api.connection_limit import MAX_REFUSALS
from api.server import make_runner
from shared.domain.errors import UnavailableError
from shared.settings import Settings
from tests.backstage import Gate
from tests.bucket import Bucket
from tests.client import assert_problem, eventually
from tests.raw import ask, connection, read_answer

PLACES = 3
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BUSY = b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
SMALL = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n"
SMALL_BYTES = 48 * 1024
"""Less than asyncio keeps before it makes a handler wait."""
LARGE_BYTES = 8 * 1024 * 1024
"""More than the kernel keeps for a client that does not read."""
BROKEN = b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n"
SENT = b"x" * 70_000


async def _break_off(request: web.Request, error: Exception) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = 2 * len(SENT)
    await response.prepare(request)
    await response.write(SENT)
    raise error


@dataclass(frozen=True)
class Crowd:
    """A service with few places: where it listens, and what its call /busy waits for."""

    port: int
    gate: Gate
    server: ProblemServer


async def _wait(_request: web.Request, gate: Gate) -> web.Response:
    await gate.wait()
    return web.Response()


async def _answer_with(_request: web.Request, size_in_bytes: int) -> web.Response:
    return web.Response(body=bytes(size_in_bytes))


@asynccontextmanager
async def _listening(settings: Settings, error: Exception | None = None) -> AsyncIterator[Crowd]:
    """Run the API with few places, a call that waits, and one that fails amid its answer."""
    app, gate = make_app(settings), Gate()
    app.router.add_get("/busy", partial(_wait, gate=gate))
    for path, size in (("/small", SMALL_BYTES), ("/large", LARGE_BYTES)):
        app.router.add_get(path, partial(_answer_with, size_in_bytes=size))
    app.router.add_get("/broken", partial(_break_off, error=error or ValueError("broken")))
    runner = make_runner(app, max_connections=PLACES)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Crowd(runner.addresses[0][1], gate, cast("ProblemServer", runner.server))
    finally:
        gate.opened.set()
        await runner.cleanup()


@pytest.fixture
async def crowd(settings: Settings, bucket: Bucket) -> AsyncIterator[Crowd]:
    """Run it."""
    assert bucket.name == settings.s3_bucket
    async with _listening(settings) as running:
        yield running


async def _connect(stack: AsyncExitStack, crowd: Crowd) -> tuple[StreamReader, StreamWriter]:
    """Take a place, and be idle there."""
    reader, writer = await stack.enter_async_context(connection(crowd.port))
    writer.write(HEALTH)
    assert (await read_answer(reader)).status == 200
    return reader, writer


async def _leave_answers_unread(stack: AsyncExitStack, crowd: Crowd) -> None:
    """Take a place, and ask until the kernel has no room for one more answer."""
    others = set(crowd.server.idle)
    _, writer = await _connect(stack, crowd)
    (handler,) = set(crowd.server.idle) - others
    while handler.transport and not handler.transport.get_write_buffer_size():
        since = crowd.server.idle[handler]
        writer.write(SMALL)

        async def is_idle_again(since: float = since) -> bool:
            return crowd.server.idle.get(handler, since) != since

        await eventually(is_idle_again)


async def _take_every_place(
    stack: AsyncExitStack, crowd: Crowd
) -> list[tuple[StreamReader, StreamWriter]]:
    """Take every place with a request that waits."""
    ends = []
    for _ in range(PLACES):
        reader, writer = await _connect(stack, crowd)
        crowd.gate.reached.clear()
        writer.write(BUSY)
        await crowd.gate.reached.wait()
        ends.append((reader, writer))
    return ends


async def test_one_connection_too_many_is_told_to_come_again(crowd: Crowd) -> None:
    port = crowd.port
    async with AsyncExitStack() as stack:
        ends = await _take_every_place(stack, crowd)
        for data in (HEALTH, b"", b"POST /images HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n"):
            async with connection(port) as (reader, writer):
                writer.write(data)
                answer = await read_answer(reader)
                assert_problem(answer, 503, "unavailable")
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.headers["Server"] == "fototeca"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["X-Request-ID"]
                assert answer.json["type"].startswith("http")
                assert await reader.read() == b""
        crowd.gate.opened.set()
        for reader, _ in ends:
            assert (await read_answer(reader)).status == 200
        assert (await ask(port, HEALTH)).status == 200


async def test_whoever_has_been_idle_longest_gives_way(crowd: Crowd) -> None:
    async with AsyncExitStack() as stack:
        ends = [await _connect(stack, crowd) for _ in range(PLACES)]
        ends[0][1].write(HEALTH)
        assert (await read_answer(ends[0][0])).status == 200
        newcomers = [await _connect(stack, crowd) for _ in range(2)]
        for reader, _ in ends[1:]:
            assert await reader.read() == b""
        for reader, writer in [ends[0], *newcomers]:
            writer.write(HEALTH)
            assert (await read_answer(reader)).status == 200


async def test_many_idle_connections_keep_nobody_out(crowd: Crowd) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(20 * PLACES):
            await _connect(stack, crowd)


async def test_the_busy_do_not_give_way(crowd: Crowd) -> None:
    async with AsyncExitStack() as stack:
        reader, writer = await _connect(stack, crowd)
        writer.write(BUSY)
        await crowd.gate.reached.wait()
        for _ in range(3 * PLACES):
            await _connect(stack, crowd)
        crowd.gate.opened.set()
        assert (await read_answer(reader)).status == 200


async def test_an_answer_that_is_still_being_read_is_not_cut(crowd: Crowd) -> None:
    async with AsyncExitStack() as stack:
        reader, writer = await _connect(stack, crowd)
        writer.write(LARGE)
        for _ in range(3 * PLACES):
            await _connect(stack, crowd)
        assert len((await read_answer(reader)).body) == LARGE_BYTES


async def test_those_who_take_no_answer_for_long_give_way(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(PLACES):
            await _leave_answers_unread(stack, crowd)
        assert (await ask(crowd.port, HEALTH)).status == 503
        monkeypatch.setattr("api.connection.STUCK_S", 0.0)
        assert (await ask(crowd.port, HEALTH)).status == 200


async def test_an_answer_that_nobody_takes_is_not_kept_for_ever(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(monkeypatch.context())
        patch.setattr("api.send_timeout.WINDOW_S", 0.3)
        reader, writer = await _connect(stack, crowd)
        connections = crowd.server.connections
        writer.write(LARGE)

        async def is_given_up() -> bool:
            return not connections[0].transport

        await eventually(is_given_up)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(LARGE_BYTES)
    assert (await ask(crowd.port, LARGE)).status == 200


async def test_those_who_are_refused_are_bounded_too(crowd: Crowd) -> None:
    async with AsyncExitStack() as stack:
        await _take_every_place(stack, crowd)
        ends = [
            await stack.enter_async_context(connection(crowd.port)) for _ in range(MAX_REFUSALS + 9)
        ]
        heads = await asyncio.gather(*(_first_line(reader) for reader, _ in ends))
        assert heads.count(b"HTTP/1.1 503 Service Unavailable\r\n") == MAX_REFUSALS
        assert heads.count(b"") == 9


async def _first_line(reader: StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


async def test_nothing_holds_on_to_a_connection_that_is_gone(crowd: Crowd) -> None:
    assert (await ask(crowd.port, HEALTH)).status == 200

    async def is_forgotten() -> bool:
        gc.collect()
        # Not `isinstance`: it asks things of other tests for their class, dead proxies too.
        return not any(issubclass(type(thing), ProblemHandler) for thing in gc.get_objects())

    await eventually(is_forgotten)


@pytest.mark.parametrize(
    "error",
    [ValueError("broken"), UnavailableError("away"), web.HTTPBadRequest(), TimeoutError()],
    ids=lambda error: type(error).__name__,
)
async def test_an_answer_that_fails_in_its_middle_is_cut_and_no_other_follows(
    error: Exception, settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    async with _listening(settings, error) as crowd, connection(crowd.port) as (reader, writer):
        writer.write(BROKEN)
        async with asyncio.timeout(60):
            data = await reader.read()
    assert data.startswith(b"HTTP/1.1 200 ")
    assert data.endswith(b"\r\n\r\n" + SENT)
