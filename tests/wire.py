"""A relay in front of S3 on which one request can be late."""

import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.settings import Settings
from tests.backstage import Gate
from tests.relay import Relay, following, listening


class Wire(Relay):
    """Passes everything on, but for a request that `late` matches: that waits at the gate.

    Of a request that asks with `Expect` whether to go on, the head passes and the body waits.
    """

    def __init__(self, target: str, late: str) -> None:
        super().__init__(target)
        self._late = re.compile(late.encode())
        self.gate = Gate()

    async def close(self) -> None:
        """Let what waits go on, and end."""
        self.gate.opened.set()
        await super().close()

    async def pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on, from the late request on after the gate."""
        is_late = False
        while chunk := await following(reader):
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


@asynccontextmanager
async def wired(settings: Settings, late: str) -> AsyncIterator[tuple[Settings, Wire]]:
    """Return settings whose S3 is reached through a wire."""
    url = settings.s3_endpoint_url or ""
    wire = Wire(url, late)
    async with listening(wire):
        yield settings.model_copy(update={"s3_endpoint_url": wire.by_way(url)}), wire
