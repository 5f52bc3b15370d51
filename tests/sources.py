"""Servers elsewhere, from which pictures are fetched: honest ones, liars, and the very slow."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

Handler: TypeAlias = Callable[[StreamWriter], Awaitable[None]]


class Source:
    """A web server that answers by path, each connection once; `heads` are the requests' heads."""

    def __init__(self) -> None:
        self.port = 0
        self.heads: list[str] = []
        self.answers: dict[str, Handler] = {}
        self._busy: set[asyncio.Task[None]] = set()

    @property
    def host(self) -> str:
        """As an operator would allow it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Return an address of it."""
        return f"{scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer one request."""
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.heads.append(head)
                await self.answers.get(head.split(" ")[1], answer(b"", status=404))(writer)
                await writer.drain()
        finally:
            writer.transport.abort() if writer.is_closing() else writer.close()
            self._busy.discard(task)

    async def end(self) -> None:
        """Hang up on everybody."""
        for task in list(self._busy):
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)


def answer(body: bytes, *headers: str, status: int = 200, length: int | None = None) -> Handler:
    """Send a body, of which perhaps another length is told."""

    async def send(writer: StreamWriter) -> None:
        told = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {told}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return send


def redirect(location: str, status: int = 302) -> Handler:
    """Send elsewhere."""
    return answer(b"", f"Location: {location}", status=status)


def drip(chunk: bytes, pause_s: float, *headers: str) -> Handler:
    """Send a chunk again and again, for ever."""

    async def send(writer: StreamWriter) -> None:
        lines = ["HTTP/1.1 200 OK", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        while True:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return send


async def silence(_writer: StreamWriter) -> None:
    """Say nothing, and do not hang up."""
    await asyncio.Event().wait()


@asynccontextmanager
async def running_source(tls: ssl.SSLContext | None = None) -> AsyncIterator[Source]:
    """Run a server on a port of its own."""
    source = Source()
    server = await asyncio.start_server(source.serve, "127.0.0.1", 0, ssl=tls)
    source.port = server.sockets[0].getsockname()[1]
    try:
        yield source
    finally:
        server.close()
        await source.end()
