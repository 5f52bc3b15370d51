"""Requests as bytes, for what a well-behaved client would never send."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson
from multidict import CIMultiDict

from tests.client import Answer, Client

TIMEOUT_S = 60.0


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """Open a connection to the service."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def read_answer(reader: StreamReader, *, bodiless: bool = False) -> Answer:
    """Read one answer, be it a final one, `100 Continue`, or one to HEAD, without a body."""
    async with asyncio.timeout(TIMEOUT_S):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.strip().split("\r\n")
        headers: CIMultiDict[str] = CIMultiDict()
        for name, _, value in (line.partition(": ") for line in lines):
            headers.add(name, value)
        status = int(status_line.split(" ")[1])
        length = 0 if bodiless else int(headers.get("Content-Length", "0"))
        body = await reader.readexactly(length)
    is_json = "json" in headers.get("Content-Type", "")
    return Answer(status, headers, body, orjson.loads(body) if is_json and body else None)


async def ask(port: int, data: bytes) -> Answer:
    """Send bytes, and read the answer to the first request in them."""
    async with connection(port) as (reader, writer):
        writer.write(data)
        await writer.drain()
        return await read_answer(reader, bodiless=data.startswith(b"HEAD "))


def head(client: Client, request_line: str, *headers: str) -> bytes:
    """Return a request's head with the client's key; characters above U+00FF are not for it."""
    lines = [request_line + " HTTP/1.1", "Host: test", f"X-API-KEY: {client.key}", *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")
