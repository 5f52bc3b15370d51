"""Connections: so many and no more; none that is gone is held on to; no second answer in one."""

import asyncio
import gc
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import pytest
from aiohttp import web

from api.app import make_app
from api.crowd import MAX_REFUSALS
from api.server import ProblemHandler, make_runner
from shared.domain.errors import UnavailableError
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import assert_problem, eventually
from tests.raw import ask, connection, read_answer

PLACES = 3
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BROKEN = b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n"
SENT = b"x" * 70_000


async def _break_off(request: web.Request, error: Exception) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = 2 * len(SENT)
    await response.prepare(request)
    await response.write(SENT)
    raise error


@asynccontextmanager
async def _listening(settings: Settings, error: Exception | None = None) -> AsyncIterator[int]:
    """Run the API with few places, and a call that fails in the middle of its answer."""
    app = make_app(settings)
    app.router.add_get("/broken", partial(_break_off, error=error or ValueError("broken")))
    runner = make_runner(app, max_connections=PLACES)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.fixture
async def port(settings: Settings, bucket: Bucket) -> AsyncIterator[int]:
    """Where it listens."""
    assert bucket.name == settings.s3_bucket
    async with _listening(settings) as port:
        yield port


async def _take_every_place(
    stack: AsyncExitStack, port: int
) -> list[tuple[StreamReader, StreamWriter]]:
    ends = [await stack.enter_async_context(connection(port)) for _ in range(PLACES)]
    for reader, writer in ends:
        writer.write(HEALTH)
        assert (await read_answer(reader)).status == 200
    return ends


async def test_one_connection_too_many_is_told_to_come_again(port: int) -> None:
    async with AsyncExitStack() as stack:
        ends = await _take_every_place(stack, port)
        for data in (HEALTH, b"", b"POST /images HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n"):
            async with connection(port) as (reader, writer):
                writer.write(data)
                answer = await read_answer(reader)
                assert_problem(answer, 503, "unavailable")
                assert int(answer.headers["Retry-After"]) > 0
                assert await reader.read() == b""
        for reader, writer in ends:
            writer.write(HEALTH)
            assert (await read_answer(reader)).status == 200
        ends[0][1].close()

        async def is_let_in() -> bool:
            return (await ask(port, HEALTH)).status == 200

        await eventually(is_let_in)


async def test_those_who_are_refused_are_bounded_too(port: int) -> None:
    async with AsyncExitStack() as stack:
        await _take_every_place(stack, port)
        crowd = [await stack.enter_async_context(connection(port)) for _ in range(MAX_REFUSALS + 9)]
        heads = await asyncio.gather(*(_first_line(reader) for reader, _ in crowd))
        assert heads.count(b"HTTP/1.1 503 Service Unavailable\r\n") == MAX_REFUSALS
        assert heads.count(b"") == 9


async def _first_line(reader: StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


async def test_nothing_holds_on_to_a_connection_that_is_gone(port: int) -> None:
    assert (await ask(port, HEALTH)).status == 200

    async def is_forgotten() -> bool:
        gc.collect()
        return not any(isinstance(thing, ProblemHandler) for thing in gc.get_objects())

    await eventually(is_forgotten, within_s=5)


@pytest.mark.parametrize(
    "error",
    [ValueError("broken"), UnavailableError("away"), web.HTTPBadRequest(), TimeoutError()],
    ids=lambda error: type(error).__name__,
)
async def test_an_answer_that_fails_in_its_middle_is_cut_and_no_other_follows(
    error: Exception, settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    async with _listening(settings, error) as port, connection(port) as (reader, writer):
        writer.write(BROKEN)
        async with asyncio.timeout(10):
            data = await reader.read()
    assert data.startswith(b"HTTP/1.1 200 ")
    assert data.endswith(b"\r\n\r\n" + SENT)
