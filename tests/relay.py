"""TCP relays in front of real servers: for what happens on the way, or to the way itself."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL

CHUNK_BYTES = 256 * 1024
HOST = "127.0.0.1"


class Relay:
    """Passes on whatever is said, both ways, at a port of its own.

    What was sent arrives, even if the sender has gone meanwhile. Answers wait while `heard` is not
    set.
    """

    def __init__(self, target: str) -> None:
        self.asked_bytes = 0
        self.heard = asyncio.Event()
        self.heard.set()
        self._target = URL(target)
        self._writers: list[StreamWriter] = []
        self._relays: list[asyncio.Task[None]] = []
        self._server: asyncio.Server | None = None
        self._port = socket.socket()  # bound and never listening, it keeps the port for us
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._port.bind((HOST, 0))

    def by_way(self, url: str) -> str:
        """Return what is a URL of the target, by way of this relay."""
        return str(URL(url).with_host(HOST).with_port(self._port.getsockname()[1]))

    async def listen(self) -> None:
        """Be there."""
        port = self._port.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, HOST, port, reuse_port=True)

    async def cut(self) -> None:
        """Be gone, as a server is that was killed: who is connected is cut off, others refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._relays)
        self._writers, self._relays = [], []

    async def close(self) -> None:
        """End for good."""
        await self.cut()
        self._port.close()

    async def pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on what is asked, and count it."""
        while chunk := await following(reader):
            self.asked_bytes += len(chunk)
            writer.write(chunk)
            await writer.drain()

    async def pass_back(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass back what is answered."""
        while chunk := await following(reader):
            await self.heard.wait()
            writer.write(chunk)
            await writer.drain()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        relay = asyncio.create_task(self._relay(reader, writer))
        self._relays.append(relay)
        await relay

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._server is None:  # it was cut while this one was being let in
            writer.transport.abort()
            return
        self._writers.append(writer)
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(
                self._target.host, self._target.port
            )
            self._writers.append(far_writer)
            if writer.transport.is_closing():  # it was cut meanwhile
                far_writer.transport.abort()
            back = asyncio.create_task(self._answer(far_reader, writer))
            with suppress(OSError):
                await self.pass_on(reader, far_writer)
                far_writer.write_eof()
            await back
            far_writer.close()

    async def _answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            await self.pass_back(reader, writer)
        writer.close()


class LosingOne(Relay):
    """Passes requests and answers on, but hangs up instead of passing the first answer."""

    lost = 0

    async def pass_back(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass back all answers but the first."""
        if not self.lost and await following(reader):
            self.lost += 1
            return
        await super().pass_back(reader, writer)


async def following(reader: StreamReader) -> bytes:
    """Return the next bytes; none at the end, whatever kind of end it is."""
    try:
        return await reader.read(CHUNK_BYTES)
    except ConnectionError:
        return b""


@asynccontextmanager
async def listening(relay: Relay) -> AsyncIterator[Relay]:
    """Have a relay listen, and end it."""
    await relay.listen()
    try:
        yield relay
    finally:
        await relay.close()


@asynccontextmanager
async def away(relay: Relay) -> AsyncIterator[None]:
    """Have the server behind it away, and back at the end."""
    await relay.cut()
    try:
        yield
    finally:
        await relay.listen()
