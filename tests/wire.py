"""A TCP relay in front of a real server, on which one request can be late."""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL

from shared.settings import Settings
from tests.backstage import Gate

CHUNK_BYTES = 256 * 1024


class Wire:
    """Passes everything on, but for a request that `late` matches: that waits at the gate.

    Of a request that asks with `Expect` whether to go on, the head passes and the body waits. What
    was sent arrives, even if the sender has gone meanwhile.
    """

    def __init__(self, host: str, port: int, late: str) -> None:
        self._target = (host, port)
        self._late = re.compile(late.encode())
        self.gate = Gate()
        self._writers: list[StreamWriter] = []
        self._relays: list[asyncio.Task[None]] = []

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Relay one connection."""
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers += [writer, far_writer]
        relay = asyncio.create_task(self._relay(reader, writer, far_reader, far_writer))
        self._relays.append(relay)
        await relay

    async def close(self) -> None:
        """Let what waits go on, hang up, and wait until all is quiet."""
        self.gate.opened.set()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._relays)

    async def _relay(
        self,
        reader: StreamReader,
        writer: StreamWriter,
        far_reader: StreamReader,
        far_writer: StreamWriter,
    ) -> None:
        back = asyncio.create_task(_pass_back(far_reader, writer))
        with suppress(ConnectionError):
            await self._pass_on(reader, far_writer)
            far_writer.write_eof()
        await back
        far_writer.close()
        writer.close()

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        is_late = False
        while chunk := await _next(reader):
            asks_first = b"100-continue" in chunk
            if not is_late and self._late.search(chunk):
                is_late = True
                if asks_first:
                    writer.write(chunk)
                    continue
            if is_late:
                await self.gate.wait()
            writer.write(chunk)
            await writer.drain()


async def _next(reader: StreamReader) -> bytes:
    try:
        return await reader.read(CHUNK_BYTES)
    except ConnectionError:  # an end like any other
        return b""


async def _pass_back(reader: StreamReader, writer: StreamWriter) -> None:
    while chunk := await _next(reader):
        if not writer.is_closing():
            writer.write(chunk)


@asynccontextmanager
async def wired(settings: Settings, late: str) -> AsyncIterator[tuple[Settings, Wire]]:
    """Return settings whose S3 is reached through a wire."""
    url = URL(settings.s3_endpoint_url or "")
    wire = Wire(url.host or "", url.port or 0, late)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield settings.model_copy(update={"s3_endpoint_url": f"http://127.0.0.1:{port}"}), wire
    finally:
        server.close()
        await wire.close()
